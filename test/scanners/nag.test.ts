import { testFindingsOf } from './findings-of';
import { nag } from './scan';

testFindingsOf('cdk-nag', ['AwsSolutions', 'NIST.800.53.R5'], nag);
