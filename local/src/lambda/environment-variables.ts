import { devNull } from 'node:os';
import { REGION } from '../gateway/aws-names';
import type { FunctionModel } from '../model';

/**
 * What Lambda sets beside a function's own variables and the credentials of its role.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function runtimeVariables({ code, functionName, handler, memoryMb, runtime }: FunctionModel) {
  return {
    _HANDLER: handler,
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_REGION: REGION,
    LAMBDA_TASK_ROOT: 'folder' in code ? code.folder : process.cwd(),

    // On Lambda there are no profiles, no metadata service of EC2; a developer's own must not be found instead.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EC2_METADATA_DISABLED: 'true',
    // The SDK's word on the age of the local Node.js says nothing of the deployed one.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
