const NANOS = 1_000_000n;

/** Attributes in the protocol's encoding. */
export const attributes = (given: Record<string, string>) =>
  Object.entries(given).map(([key, stringValue]) => ({ key, value: { stringValue } }));

/** An export as a Collector with the host receiver sends it: one host, one instant (ms since 1970). */
export function hostExport(host: string, at: number, begun = at - 3_600_000) {
  const timeUnixNano = String(BigInt(at) * NANOS);
  const startTimeUnixNano = String(BigInt(begun) * NANOS);
  const point = (value: { asInt: string } | { asDouble: number }, given: Record<string, string> = {}) => ({
    startTimeUnixNano,
    timeUnixNano,
    ...value,
    ...(Object.keys(given).length > 0 && { attributes: attributes(given) }),
  });
  const cpu = (n: number, states: Record<string, number>) =>
    Object.entries(states).map(([state, asDouble]) => point({ asDouble }, { cpu: `cpu${n}`, state }));
  return {
    resourceMetrics: [
      {
        resource: { attributes: attributes({ "host.name": host, "os.type": "linux" }) },
        scopeMetrics: [
          {
            scope: { name: "hostmetricsreceiver/cpu", version: "0.140.0" },
            metrics: [
              {
                name: "system.cpu.utilization",
                unit: "1",
                gauge: {
                  dataPoints: [
                    ...cpu(0, { user: 0.3, system: 0.1, idle: 0.5, wait: 0.1 }),
                    ...cpu(1, { user: 0.1, system: 0.1, idle: 0.8, wait: 0 }),
                  ],
                },
              },
              {
                name: "system.cpu.load_average.1m",
                unit: "{thread}",
                gauge: { dataPoints: [point({ asDouble: 0.57 })] },
              },
            ],
          },
          {
            scope: { name: "hostmetricsreceiver/memory" },
            metrics: [
              {
                name: "system.memory.usage",
                unit: "By",
                sum: {
                  aggregationTemporality: 2,
                  dataPoints: [
                    point({ asInt: "4123168604160" }, { state: "used" }),
                    point({ asInt: "1000" }, { state: "free" }),
                  ],
                },
              },
              {
                name: "system.memory.utilization",
                gauge: { dataPoints: [point({ asDouble: 0.57 }, { state: "used" })] },
              },
              {
                name: "system.filesystem.utilization",
                gauge: {
                  dataPoints: [
                    point({ asDouble: 0.25 }, { device: "/dev/sda1", mountpoint: "/", type: "ext4" }),
                  ],
                },
              },
              {
                name: "system.network.io",
                sum: {
                  aggregationTemporality: 2,
                  isMonotonic: true,
                  dataPoints: [
                    point({ asInt: String(Math.floor(at / 10)) }, { device: "eth0", direction: "receive" }),
                    point({ asInt: "100" }, { device: "eth0", direction: "transmit" }),
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
  };
}
