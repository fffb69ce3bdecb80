import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { z } from "zod";
import { App } from "./app.tsx";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/shell.css";
import "./styles/list.css";
import "./styles/collection.css";
import "./styles/trades.css";
import "./styles/forms.css";
import "./styles/account.css";
import "./styles/alerts.css";
import "./styles/monitoring.css";

// The page's content security policy forbids code made from text, which zod would try.
z.config({ jitless: true });

const root = document.getElementById("root");
if (!root) throw new Error("the document has no #root");
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
