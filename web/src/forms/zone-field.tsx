import { SelectField } from "./select-field.tsx";

const hereZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Every zone that the browser knows, and the one that was chosen elsewhere. */
function zones(chosen: string): string[] {
  return [...new Set([chosen, "UTC", ...Intl.supportedValuesOf("timeZone")])].sort();
}

/** A time zone; the viewer's own where none was chosen. */
export function ZoneField({ name, zone = hereZone() }: { name: string; zone?: string }) {
  return (
    <SelectField name={name} label="Time zone" defaultValue={zone}>
      {zones(zone).map((each) => (
        <option key={each}>{each}</option>
      ))}
    </SelectField>
  );
}
