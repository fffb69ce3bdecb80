import { expect, test } from "vitest";
import { continueTrace, traceparent } from "../../../shared/platform/trace.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

test("a valid header is gone on with, under a span of our own", () => {
  const trace = continueTrace(`00-${TRACE}-${PARENT}-01`);
  expect(trace).toMatchObject({ trace_id: TRACE, sampled: true });
  expect(trace.span_id).toMatch(/^[0-9a-f]{16}$/);
  expect(trace.span_id).not.toBe(PARENT);
  expect(traceparent(trace)).toBe(`00-${TRACE}-${trace.span_id}-01`);
});

test("the caller's wish not to be sampled is kept", () => {
  expect(traceparent(continueTrace(`00-${TRACE}-${PARENT}-00`))).toMatch(/-00$/);
});

test("a later version may say more than we know", () => {
  expect(continueTrace(`01-${TRACE}-${PARENT}-01-more`).trace_id).toBe(TRACE);
});

test.each([
  ["nothing", null],
  ["words", "hello"],
  ["a trace of zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
  ["a parent of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["the forbidden version", `ff-${TRACE}-${PARENT}-01`],
  ["version 00 with more than it may have", `00-${TRACE}-${PARENT}-01-more`],
  ["capitals", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
])("%s begins a new trace", (_what, header) => {
  const trace = continueTrace(header);
  expect(trace.trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(trace.trace_id).not.toBe(TRACE);
  expect(continueTrace(header).trace_id).not.toBe(trace.trace_id);
});
