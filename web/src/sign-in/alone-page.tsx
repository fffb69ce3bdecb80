import type { ReactNode } from "react";
import { PageHeading } from "../ui/heading.tsx";

/** A page that is about one thing. */
export function AlonePage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card alone">
      <PageHeading key={title} title={title} />
      {children}
    </section>
  );
}
