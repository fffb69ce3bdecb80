import { afterAll, afterEach } from "vitest";
import { failOnFaults, lookingFetch } from "./faults.ts";

/** Every answer of the worker to a test is compared with the OpenAPI document; what differs fails the test. */
globalThis.fetch = lookingFetch(globalThis.fetch);

afterEach(failOnFaults);
// What was asked before the first test and after the last.
afterAll(failOnFaults);
