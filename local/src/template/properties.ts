// Which properties of the resources are known: those that are played, and those that change nothing on one machine.
// Any other could change what the template does, so that leaving it out would play something else.

interface Properties {
  played: string[];
  /** Who may call it, what it costs, where it runs, who watches it. */
  inert: string[];
}

const FUNCTION: Properties = {
  played: [
    'Code',
    'Environment',
    'FunctionName',
    'Handler',
    'MemorySize',
    'ReservedConcurrentExecutions',
    'Runtime',
    'Timeout',
  ],
  inert: [
    'Architectures',
    'CodeSigningConfigArn',
    'DeadLetterConfig',
    'Description',
    'EphemeralStorage',
    'KmsKeyArn',
    'LoggingConfig',
    'RecursiveLoop',
    'Role',
    'RuntimeManagementConfig',
    'SnapStart',
    'Tags',
    'TracingConfig',
    'VpcConfig',
  ],
};

const TABLE: Properties = {
  played: [
    'AttributeDefinitions',
    'GlobalSecondaryIndexes',
    'KeySchema',
    'LocalSecondaryIndexes',
    'TableName',
    'TimeToLiveSpecification',
  ],
  inert: [
    'BillingMode',
    'ContributorInsightsSpecification',
    'DeletionProtectionEnabled',
    'OnDemandThroughput',
    'PointInTimeRecoverySpecification',
    'ProvisionedThroughput',
    'Replicas',
    'ResourcePolicy',
    'SSESpecification',
    // Whatever reads a stream is a resource of a type that is not played.
    'StreamSpecification',
    'TableClass',
    'Tags',
    'WarmThroughput',
    'WriteOnDemandThroughputSettings',
    'WriteProvisionedThroughputSettings',
  ],
};

/** By resource type; the keys are the types that are played. */
export const PROPERTIES: Record<string, Properties> = {
  'AWS::ApiGatewayV2::Api': {
    played: ['Name', 'ProtocolType', 'RouteSelectionExpression'],
    // A route that asks for an API key is refused, so what selects the key does not matter.
    inert: ['ApiKeySelectionExpression', 'Description', 'IpAddressType', 'Tags', 'Version'],
  },
  'AWS::ApiGatewayV2::Authorizer': {
    played: ['ApiId', 'AuthorizerType', 'AuthorizerUri', 'IdentitySource', 'Name'],
    inert: ['AuthorizerCredentialsArn'],
  },
  'AWS::ApiGatewayV2::Deployment': { played: ['ApiId'], inert: ['Description', 'StageName'] },
  'AWS::ApiGatewayV2::Integration': {
    played: ['ApiId', 'IntegrationType', 'IntegrationUri', 'RequestTemplates', 'TimeoutInMillis'],
    inert: [
      'ConnectionType',
      'CredentialsArn',
      'Description',
      'IntegrationMethod',
      'PassthroughBehavior',
      'TemplateSelectionExpression',
    ],
  },
  'AWS::ApiGatewayV2::IntegrationResponse': {
    played: ['ApiId', 'IntegrationId', 'IntegrationResponseKey', 'ResponseTemplates'],
    inert: ['TemplateSelectionExpression'],
  },
  'AWS::ApiGatewayV2::Route': {
    played: ['ApiId', 'ApiKeyRequired', 'AuthorizationType', 'AuthorizerId', 'RouteKey', 'Target'],
    inert: ['OperationName', 'RouteResponseSelectionExpression'],
  },
  'AWS::ApiGatewayV2::RouteResponse': { played: ['ApiId', 'RouteId', 'RouteResponseKey'], inert: [] },
  'AWS::ApiGatewayV2::Stage': {
    played: ['ApiId', 'DefaultRouteSettings', 'StageName', 'StageVariables'],
    inert: ['AccessLogSettings', 'AutoDeploy', 'ClientCertificateId', 'DeploymentId', 'Description', 'Tags'],
  },
  'AWS::DynamoDB::GlobalTable': TABLE,
  'AWS::DynamoDB::Table': TABLE,
  'AWS::Lambda::Function': FUNCTION,
  'AWS::SecretsManager::Secret': {
    played: ['Description', 'GenerateSecretString', 'KmsKeyId', 'Name', 'SecretString'],
    inert: ['ReplicaRegions', 'Tags'],
  },
};

export function isKnownProperty(type: string, property: string): boolean {
  const { played, inert } = PROPERTIES[type];
  return played.includes(property) || inert.includes(property);
}
