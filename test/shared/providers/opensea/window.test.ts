import { describe, expect, it } from "vitest";
import { openWindow, stepWindow, stuckWindow } from "../../../../shared/providers/opensea/window.ts";

const RULES = { history_seconds: 86_400, overlap_seconds: 300 };
const NOW = 1_788_949_800;
const window = openWindow(NOW - 60, NOW, RULES);

describe("a window", () => {
  it("begins an overlap before the last one started, or a day back at first", () => {
    expect(window).toMatchObject({ after: NOW - 60 - 301, before: null, history: false });
    expect(openWindow(null, NOW, RULES)).toMatchObject({ after: NOW - 86_400, history: true });
  });

  it("ends where OpenSea names no further page", () => {
    expect(stepWindow(window, { seconds: [NOW], next: null })).toEqual({ window: null, fault: null });
  });

  it("goes on by time, reading the oldest second again, and leaves OpenSea's cursor alone", () => {
    const step = stepWindow(window, { seconds: [NOW, NOW - 5], next: "x" });
    expect(step.window).toMatchObject({ before: NOW - 4, next: null });
  });

  it("follows the cursor where a page is one second long, is out of order or does not say when", () => {
    const dense = { ...window, before: NOW + 1 };
    expect(stepWindow(dense, { seconds: [NOW, NOW], next: "x" }).window).toMatchObject({
      before: NOW + 1,
      next: "x",
    });
    expect(stepWindow(window, { seconds: [NOW - 5, NOW], next: "x" }).window).toMatchObject({
      before: null,
      next: "x",
    });
    expect(stepWindow(window, { seconds: [NOW, null], next: "x" }).window).toMatchObject({
      before: null,
      next: "x",
    });
  });

  it("reads a place anew where its cursor fails, and passes over its second after the third time", () => {
    let step = stuckWindow({ ...window, before: NOW, next: "x" });
    expect(step).toMatchObject({ window: { before: NOW, next: null, stuck: 1 }, fault: null });
    step = stuckWindow(step.window ?? window);
    step = stuckWindow(step.window ?? window);
    expect(step).toMatchObject({ window: { before: NOW - 1, stuck: 0 } });
    expect(step.fault).toContain(`second ${NOW - 1}`);
  });

  it("counts a cursor that leads to itself as failed", () => {
    const circle = { ...window, before: NOW + 1, next: "x" };
    expect(stepWindow(circle, { seconds: [NOW], next: "x" }).window).toMatchObject({ next: null, stuck: 1 });
  });

  it("bears a few empty pages and no more", () => {
    let step = stepWindow(window, { seconds: [], next: "a" });
    expect(step.window).toMatchObject({ next: "a", empty: 1 });
    step = stepWindow(step.window ?? window, { seconds: [], next: "b" });
    step = stepWindow(step.window ?? window, { seconds: [], next: "c" });
    expect(step).toEqual({ window: null, fault: "empty pages without an end" });
  });

  it("gives up on a provider that never comes to an end", () => {
    const step = stepWindow({ ...window, pages: 499 }, { seconds: [null], next: "y" });
    expect(step.window).toBeNull();
    expect(step.fault).toContain("500 pages");
  });
});
