const EXPLAINED = "Invented by the built-in market simulation: no real trades, no real prices";

export function SimulatedBadge() {
  return (
    <span className="badge badge-simulated" title={EXPLAINED}>
      simulated
    </span>
  );
}

/** Stands above everything that shows simulated figures. */
export function SimulatedBanner({ all }: { all: boolean }) {
  return (
    <p className="banner" role="note">
      <strong>Simulated data.</strong>{" "}
      {all
        ? "These trades are invented by the built-in market; they are not real."
        : "Collections marked “simulated” are invented by the built-in market; they are not real."}
    </p>
  );
}
