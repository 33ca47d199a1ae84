// The part of DynamoDB's JSON protocol (API version 2012-08-10) this service uses, in AWS's own names.

/** A typed value as the wire has it: a number in decimal digits, bytes in base64. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
}

/** An item as DynamoDB writes it: attribute name → typed value. */
export type Item = Record<string, AttributeValue>;

type ByTable<T> = Readonly<Record<string, T>>;

interface ConditionInput {
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Item>;
}

export interface PutRequest {
  readonly PutRequest: { readonly Item: Item };
}

interface Operations {
  GetItem: {
    input: { readonly TableName: string; readonly Key: Item; readonly ConsistentRead: boolean };
    output: { readonly Item?: Item };
  };
  Query: {
    input: {
      readonly TableName: string;
      readonly KeyConditionExpression: string;
      readonly ExpressionAttributeValues: Readonly<Item>;
      readonly ExclusiveStartKey?: Item;
      readonly ScanIndexForward: boolean;
      readonly Limit: number;
      readonly ConsistentRead: boolean;
    };
    output: { readonly Items?: readonly Item[]; readonly LastEvaluatedKey?: Item };
  };
  BatchGetItem: {
    input: { readonly RequestItems: ByTable<{ readonly Keys: readonly Item[] }> };
    output: { readonly Responses?: ByTable<readonly Item[]>; readonly UnprocessedKeys?: ByTable<{ readonly Keys?: readonly Item[] }> };
  };
  BatchWriteItem: {
    input: { readonly RequestItems: ByTable<readonly PutRequest[]> };
    output: { readonly UnprocessedItems?: ByTable<readonly PutRequest[]> };
  };
  UpdateItem: {
    input: { readonly TableName: string; readonly Key: Item; readonly UpdateExpression: string } & ConditionInput;
    output: object;
  };
  PutItem: { input: { readonly TableName: string; readonly Item: Item } & ConditionInput; output: object };
  DeleteItem: { input: { readonly TableName: string; readonly Key: Item } & ConditionInput; output: object };
}

export type Operation = keyof Operations;
export type Input<O extends Operation> = Operations[O]['input'];
export type Output<O extends Operation> = Operations[O]['output'];

/** Calls one operation. Throws `DynamoDbError` if DynamoDB refuses, the connection's error or a `TimeoutError` otherwise. */
export type CallDynamoDb = <O extends Operation>(operation: O, input: Input<O>) => Promise<Output<O>>;

/** What DynamoDB answered in place of a result; its name is DynamoDB's own, such as `ConditionalCheckFailedException`. */
export class DynamoDbError extends Error {
  readonly httpStatus: number;

  constructor(name: string, httpStatus: number) {
    super(`DynamoDB answered ${httpStatus} ${name}`);
    this.name = name;
    this.httpStatus = httpStatus;
  }
}
