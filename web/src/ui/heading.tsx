import { type ReactNode, useEffect, useRef } from "react";

let shownBefore = false;

/** The page's heading and title. After a change of page it takes the focus, so that keyboards start there. */
export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = title === "XSEMA" ? title : `${title} · XSEMA`;
  }, [title]);
  useEffect(() => {
    if (shownBefore) heading.current?.focus({ preventScroll: true });
    shownBefore = true;
  }, []);
  return (
    <h1 ref={heading} tabIndex={-1}>
      {children ?? title}
    </h1>
  );
}
