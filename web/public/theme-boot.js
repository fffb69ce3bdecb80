// Sets the remembered theme before anything is painted; without one, the system's theme holds.
try {
  const theme = localStorage.getItem("xsema.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is off: the system's theme holds.
}
