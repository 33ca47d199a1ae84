import type { CallDynamoDb } from '../../../lib/store/dynamoDbApi.ts';

interface Actor {
  readonly waiting: (() => Promise<void>)[];
  commandsLeft: number;
  isDone: boolean;
}

/**
 * Lets commands of several actors to a real table through one at a time, in an order of the test's own.
 * Between two commands every actor has gone as far as it can, so that an order is the same every time.
 */
export function createTurnstile() {
  const actors: Actor[] = [];
  const failures: unknown[] = [];
  let notify = () => {};

  const settle = async () => {
    for (const actor of actors)
      while (!actor.isDone && actor.waiting.length === 0) await new Promise<void>((resolve) => (notify = resolve));
  };

  return {
    /** Starts an actor over connections of its own; after `commands` calls it is dead, as a killed process is. */
    enter: (call: CallDynamoDb, work: (call: CallDynamoDb) => Promise<unknown>, commands = Infinity) => {
      const actor: Actor = { waiting: [], commandsLeft: commands, isDone: commands <= 0 };
      actors.push(actor);
      const gated: CallDynamoDb = async (operation, input) => {
        const turn = Promise.withResolvers<void>();
        const end = Promise.withResolvers<void>();
        actor.waiting.push(async () => {
          turn.resolve();
          await end.promise;
        });
        notify();
        await turn.promise;
        return call(operation, input).finally(() => end.resolve());
      };
      const finish = () => {
        actor.isDone = true;
        notify();
      };
      work(gated).then(finish, (error: unknown) => {
        failures.push(error);
        finish();
      });
    },
    /** Runs all actors to their end. @param choose which of so many goes next */
    run: async (choose: (count: number) => number) => {
      for (;;) {
        await settle();
        const live = actors.filter((actor) => !actor.isDone);
        const actor = live[choose(live.length)];
        if (actor === undefined) break;
        const [pass] = actor.waiting.splice(choose(actor.waiting.length), 1);
        await pass?.();
        actor.commandsLeft -= 1;
        if (actor.commandsLeft <= 0) actor.isDone = true;
        else await new Promise((resolve) => setImmediate(resolve));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
