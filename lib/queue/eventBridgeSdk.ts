// Imported dynamically, and so a file of its own beside the bundles: one step of a batch needs it, and only if a bus is named.
export { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
