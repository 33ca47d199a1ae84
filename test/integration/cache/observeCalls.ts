import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** One command a client sent, and what it brought. */
export interface ObservedCall {
  readonly name: string;
  readonly input: unknown;
  /** Items, read units and the like; empty until the answer is there. */
  readonly output: Record<string, unknown>;
}

/** Notes every command of a client, and has the table tell what each one consumed. */
export function observeCalls(client: DynamoDBClient): ObservedCall[] {
  const calls: ObservedCall[] = [];
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const call = { name: String(context['commandName']), input: args.input, output: {} };
      calls.push(call);
      const result = await next({ ...args, input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' } });
      Object.assign(call.output, result.output);
      return result;
    },
    { step: 'initialize', name: 'observeCalls' },
  );
  return calls;
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
