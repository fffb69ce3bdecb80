import { toggleTheme, useTheme } from "../theme.ts";

export function ThemeToggle() {
  const theme = useTheme();
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      className="icon-button"
      onClick={toggleTheme}
      title={`Change to the ${other} theme`}
    >
      <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
        {theme === "dark" ? (
          <path d="M10 3a7 7 0 1 0 7 7 5.4 5.4 0 0 1-7-7z" fill="currentColor" />
        ) : (
          <g fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round">
            <circle cx="10" cy="10" r="3.4" />
            <path d="M10 2v1.6M10 16.4V18M2 10h1.6M16.4 10H18M4.3 4.3l1.2 1.2M14.5 14.5l1.2 1.2M15.7 4.3l-1.2 1.2M5.5 14.5l-1.2 1.2" />
          </g>
        )}
      </svg>
      <span className="unseen">Change to the {other} theme</span>
    </button>
  );
}
