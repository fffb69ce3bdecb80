/**
 * The bytes that are signed and sent, the same at every attempt (Standard Webhooks: type, timestamp, data).
 * @param data JSON text, taken as it is: nothing in it is read and written anew.
 */
export function messageBody(message: { type: string; occurred_at: string; data: string }): string {
  const { type, occurred_at, data } = message;
  return `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(occurred_at)},"data":${data}}`;
}
