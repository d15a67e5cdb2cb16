// Cloud assemblies made by hand, for templates that no construct would make.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Resources = Record<string, { Type: string; Properties?: object; Condition?: string }>;

const made: string[] = [];

export interface AssemblyParts {
  Resources?: Resources;
  Parameters?: object;
  Conditions?: object;
  Mappings?: object;
}

/** A folder as `cdk synth` writes it. `handlers`: the code of each asset, by the key that the template has for it. */
export function writeAssembly(
  stacks: Record<string, AssemblyParts>,
  handlers: Record<string, string> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'));
  made.push(folder);
  const files: Record<string, object> = {};
  for (const [name, code] of Object.entries(handlers)) {
    mkdirSync(join(folder, `asset.${name}`));
    writeFileSync(join(folder, `asset.${name}`, 'index.js'), code);
    files[name] = {
      source: { path: `asset.${name}`, packaging: 'zip' },
      destinations: { here: { objectKey: `${name}.zip` } },
    };
  }
  const artifacts: Record<string, object> = {
    assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
  };
  writeFileSync(join(folder, 'assets.json'), JSON.stringify({ files }));
  for (const [name, template] of Object.entries(stacks)) {
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      properties: { templateFile: `${name}.template.json` },
    };
    writeFileSync(join(folder, `${name}.template.json`), JSON.stringify(template));
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '55.0.0', artifacts }));
  return folder;
}

export function removeAssemblies(): void {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
}

export function lambdaFunction(asset: string, more: object = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: { Code: { S3Key: `${asset}.zip` }, Handler: 'index.handler', Runtime: 'nodejs24.x', ...more },
  };
}

/** An API `Api` with the stage `dev`, and a route for each function, with or without an answer to the client. */
export function webSocketApi(routes: Record<string, string>, { answers = false } = {}): Resources {
  const resources: Resources = {
    Api: {
      Type: 'AWS::ApiGatewayV2::Api',
      Properties: { ProtocolType: 'WEBSOCKET', RouteSelectionExpression: '$request.body.action' },
    },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId: { Ref: 'Api' }, StageName: 'dev' } },
  };
  Object.entries(routes).forEach(([RouteKey, functionId], i) => {
    resources[`Integration${i}`] = {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId: { Ref: 'Api' },
        IntegrationType: 'AWS_PROXY',
        IntegrationUri: {
          'Fn::Sub': `arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${${functionId}.Arn}/invocations`,
        },
      },
    };
    resources[`Route${i}`] = {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: {
        ApiId: { Ref: 'Api' },
        RouteKey,
        Target: { 'Fn::Sub': `integrations/\${Integration${i}}` },
      },
    };
    if (answers) {
      resources[`Response${i}`] = {
        Type: 'AWS::ApiGatewayV2::RouteResponse',
        Properties: { ApiId: { Ref: 'Api' }, RouteId: { Ref: `Route${i}` }, RouteResponseKey: '$default' },
      };
    }
  });
  return resources;
}
