// One role a function (infrastructure/functions.cjs says what for), and the roles that may use the key.
const { PERMISSIONS, logicalName, namesOf, tellEventBus } = require('./functions.cjs');

// X-Ray knows no resources.
const sendTraces = { Effect: 'Allow', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' };

const roleName = (name) => `iotcloud-rest-\${sls:stage}-\${AWS::Region}-${name}`;

const role = (name, statements) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: { 'Fn::Sub': roleName(name) },
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    },
    Policies: [{ PolicyName: name, PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});

const writeLog = (name) => ({
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: { 'Fn::GetAtt': [`${logicalName(name)}LogGroup`, 'Arn'] },
});

module.exports = async (framework) => {
  const names = await namesOf(framework);
  const common = (await framework.resolveVariable('param:tracing')) ? [sendTraces] : [];
  const hasEventBus = (await framework.resolveVariable('param:eventBusArn')) !== '';
  const allowed = (name) => (PERMISSIONS[name] ?? []).filter((statement) => hasEventBus || statement !== tellEventBus);
  const roles = names.map((name) => [`${logicalName(name)}Role`, role(name, [writeLog(name), ...allowed(name), ...common])]);
  const usesKey = (name) => PERMISSIONS[name]?.some(({ Action }) => Action.some((action) => action.startsWith('kms:')));
  return {
    stack: { Resources: Object.fromEntries(roles) },
    // By name, not by reference: the roles refer to the key already.
    keyUsers: names.filter(usesKey).map((name) => ({ 'Fn::Sub': `arn:\${AWS::Partition}:iam::\${AWS::AccountId}:role/${roleName(name)}` })),
  };
};
