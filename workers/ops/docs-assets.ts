/** Scripts and styles of the pages that show the API's document: files of this deployment, as their policy asks. */

/**
 * Runs before anything is painted, after the app's `theme-boot.js` has set what was chosen there. Swagger UI knows its dark
 * theme by a class; whoever draws itself anew listens for `xsema-theme`.
 */
export const THEME_SCRIPT = `const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const systemTheme = () => (system.matches ? "dark" : "light");
const currentTheme = () => root.dataset.theme ?? systemTheme();
function showTheme() {
  root.classList.toggle("dark-mode", currentTheme() === "dark");
  dispatchEvent(new CustomEvent("xsema-theme"));
}
function chooseTheme(theme) {
  if (theme === null) delete root.dataset.theme;
  else root.dataset.theme = theme;
  showTheme();
}
system.addEventListener("change", showTheme);
addEventListener("storage", ({ key, newValue }) => {
  if (key === "xsema.theme") chooseTheme(newValue === "light" || newValue === "dark" ? newValue : null);
});
addEventListener("DOMContentLoaded", () => {
  document.getElementById("theme").addEventListener("click", () => {
    const next = currentTheme() === "dark" ? "light" : "dark";
    // As in the app: the system's own theme is remembered as no choice.
    const chosen = next === systemTheme() ? null : next;
    chooseTheme(chosen);
    try {
      if (chosen === null) localStorage.removeItem("xsema.theme");
      else localStorage.setItem("xsema.theme", chosen);
    } catch {
      // Storage is off: the choice holds for as long as the page is open.
    }
  });
});
showTheme();
`;

export const PAGE_STYLE = `:root { color-scheme: light dark; }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
html, html.dark-mode { background: light-dark(#ffffff, #0d1116); }
body { margin: 0; font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
.bar {
  display: flex; align-items: center; gap: 18px; min-height: 48px; padding: 0 16px; font-size: 14px;
  background: light-dark(#ffffff, #141a21); color: light-dark(#141a22, #e4e9ef);
  border-bottom: 1px solid light-dark(#dde3ea, #252f3a);
}
.bar a, .bar button { color: inherit; text-decoration: none; font: inherit; }
.bar a:hover, .bar button:hover { text-decoration: underline; }
.bar a[aria-current] { font-weight: 600; }
.bar .home { display: inline-flex; align-items: center; gap: 8px; font-weight: 600; margin-right: auto; }
.bar button { background: none; border: 1px solid light-dark(#c2cbd6, #3a4755); border-radius: 6px; padding: 4px 10px; cursor: pointer; }
.bar :focus-visible { outline: 2px solid light-dark(#0f5fb5, #6aaeff); outline-offset: 2px; }
html.dark-mode .swagger-ui { background: transparent; }
html.dark-mode #redoc [role="search"] input { color: #e4e9ef; border-color: #3a4755; }
html.dark-mode #redoc table, html.dark-mode #redoc td, html.dark-mode #redoc th { border-color: #252f3a; }
html.dark-mode #redoc select, html.dark-mode #redoc select option { background: #1c242d; color: #e4e9ef; }
html.dark-mode #redoc [data-role="search:results"] { background: #141a21; }
html.dark-mode #redoc [data-role="search:results"] li:hover, html.dark-mode #redoc .menu-content label:hover { background: #1c242d; }
`;

export const SWAGGER_SCRIPT = `SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#swagger", deepLinking: true, validatorUrl: null });
`;

/** ReDoc takes its colours when it starts, so it starts again where they change. */
export const REDOC_SCRIPT = `const dark = {
  colors: {
    primary: { main: "#6aaeff" },
    success: { main: "#35c08d" },
    error: { main: "#f2746d" },
    warning: { main: "#e5b454" },
    text: { primary: "#e4e9ef", secondary: "#94a1b1" },
    border: { dark: "#3a4755", light: "#252f3a" },
    responses: {
      success: { color: "#35c08d", backgroundColor: "#12271f" },
      error: { color: "#f2746d", backgroundColor: "#2c1817" },
      redirect: { color: "#e5b454", backgroundColor: "#2c2411" },
      info: { color: "#6aaeff", backgroundColor: "#16293f" },
    },
  },
  schema: { nestedBackground: "#141a21", linesColor: "#3a4755", typeNameColor: "#94a1b1", typeTitleColor: "#94a1b1" },
  typography: {
    code: { color: "#f2a66d", backgroundColor: "#1c242d" },
    links: { color: "#6aaeff", visited: "#6aaeff", hover: "#9cc9ff" },
  },
  sidebar: { backgroundColor: "#141a21", textColor: "#e4e9ef", activeTextColor: "#6aaeff" },
  rightPanel: { backgroundColor: "#141a21", textColor: "#e4e9ef" },
  codeBlock: { backgroundColor: "#0b0f14" },
  fab: { backgroundColor: "#1c242d", color: "#6aaeff" },
};
const isDark = () => document.documentElement.classList.contains("dark-mode");
let shown;
function show() {
  if (shown === isDark()) return;
  shown = isDark();
  const place = document.createElement("div");
  document.getElementById("redoc").replaceChildren(place);
  Redoc.init("/api/openapi.json", { hideLoading: true, theme: shown ? dark : {} }, place);
}
addEventListener("xsema-theme", show);
show();
`;
