import { testFindingsOf } from '../scanners/findings-of';
import { cfnGuard } from '../scanners/scan';

testFindingsOf('cfn-guard', ['cdk-validator-cfnguard'], cfnGuard);
