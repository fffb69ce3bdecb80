import { afterAll, afterEach } from "vitest";
import { failOnFaults, lookAtFetch } from "./faults.ts";

/** Every answer of the worker to a test is compared with the OpenAPI document; what differs fails the test. */
lookAtFetch();

afterEach(failOnFaults);
// What was asked before the first test and after the last.
afterAll(failOnFaults);
