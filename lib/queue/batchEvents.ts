import type { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { BatchEvents } from '../deviceBatches/ports.ts';

export interface EventBridgeModule {
  readonly client: Pick<EventBridgeClient, 'send'>;
  readonly commands: { readonly PutEventsCommand: typeof PutEventsCommand };
}

/** Tells a bus of EventBridge's. @param eventBus name or ARN @param loadEventBridge called on first use only */
export function createBatchEvents(eventBus: string, loadEventBridge: () => Promise<EventBridgeModule>): BatchEvents {
  return {
    publishCompleted: async (batch) => {
      const { client, commands } = await loadEventBridge();
      const event = { EventBusName: eventBus, Source: 'iotcloud-rest', DetailType: 'Device Batch Completed', Detail: JSON.stringify(batch) };
      const { Entries: [entry] = [] } = await client.send(new commands.PutEventsCommand({ Entries: [event] }));
      if (entry?.EventId === undefined) throw new Error(`EventBridge did not take the event: ${entry?.ErrorCode ?? 'no code'}`);
    },
  };
}
