import { testFindingsOf } from '../scanners/findings-of';
import { pythonScanners } from '../scanners/scan';

testFindingsOf('cfn-lint and checkov', ['cfn-lint', 'checkov'], pythonScanners);
