import type { ReactNode } from "react";
import { AccountLink } from "./account-link.tsx";
import { Link } from "./link.tsx";
import { MainNav } from "./main-nav.tsx";
import { SignedOutNotice } from "./signed-out-notice.tsx";
import { ThemeToggle } from "./theme-toggle.tsx";

/** Header, footer, and what is between them. */
export function Shell({ children }: { children: ReactNode }) {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <header className="top">
        <Link to="/" className="brand">
          <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
            <rect width="32" height="32" rx="7" className="brand-plate" />
            <path d="M6 21l5-6 4 4 5-9 6 7" className="brand-line" />
          </svg>
          XSEMA
        </Link>
        <MainNav />
        <AccountLink />
        <ThemeToggle />
      </header>
      <main id="main" tabIndex={-1}>
        <SignedOutNotice />
        {children}
      </main>
      <footer className="bottom">
        <span>XSEMA {__APP_VERSION__}</span>
        <a href="/api/docs">API documentation</a>
        <a href="/api/redoc">API reference</a>
        <span>
          Charts by <a href="https://www.tradingview.com/">TradingView</a> Lightweight Charts
        </span>
      </footer>
    </>
  );
}
