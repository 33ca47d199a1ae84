import type { CallDynamoDb, Operation } from '../../../lib/store/dynamoDbApi.ts';

/** One call, and what it brought. */
export interface ObservedCall {
  readonly operation: Operation;
  readonly input: unknown;
  /** Items, read units and the like; empty until the answer is there. */
  readonly output: Record<string, unknown>;
}

/** Notes every call, and has the table tell what each one consumed. */
export function observeCalls(call: CallDynamoDb) {
  const calls: ObservedCall[] = [];
  const observed: CallDynamoDb = async (operation, input) => {
    const seen: ObservedCall = { operation, input, output: {} };
    calls.push(seen);
    const output = await call(operation, { ...input, ReturnConsumedCapacity: 'TOTAL' });
    Object.assign(seen.output, output);
    return output;
  };
  return { calls, call: observed };
}

/** Sort keys of the items a call brought. */
export function sortKeysOf({ output }: ObservedCall): string[] {
  const found: string[] = [];
  JSON.stringify(output, (name, value: unknown) => {
    if (name === 'sk' && typeof value === 'object' && value !== null && 'S' in value) found.push(String(value.S));
    return value;
  });
  return found;
}

/** Capacity units the calls consumed in all. */
export function unitsOf(calls: readonly ObservedCall[]): number {
  let units = 0;
  for (const { output } of calls)
    JSON.stringify(output['ConsumedCapacity'], (name, value: unknown) => {
      if (name === 'CapacityUnits' && typeof value === 'number') units += value;
      return value;
    });
  return units;
}
