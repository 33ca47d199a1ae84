// One JSON object a request. Every value is quoted: API Gateway writes a bare `-` if there is none.
// None of them can hold a quote, so neither the path nor the user agent is among them.
// The function's own line (lib/http/logExchange.ts) says what only the function knows; `functionRequestId` names it.
const fields = {
  requestId: '$context.requestId',
  functionRequestId: '$context.awsEndpointRequestId',
  time: '$context.requestTimeEpoch',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  route: '$context.routeKey',
  status: '$context.status',
  bytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionMs: '$context.integrationLatency',
  gatewayError: '$context.error.responseType',
};

module.exports = JSON.stringify(fields);
