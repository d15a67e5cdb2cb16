// What policy checks object to in a TURN server and is always so: see acknowledgements.ts.
import { type Stack, Validations } from 'aws-cdk-lib';
import type { AutoScalingGroup } from 'aws-cdk-lib/aws-autoscaling';
import type { ISecurityGroup, IVpc, LaunchTemplate } from 'aws-cdk-lib/aws-ec2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { asWritten } from './acknowledgements';

const FOR_THE_INTERNET =
  'a TURN server is for clients anywhere: it has a public address, and asks for credentials before it relays';

function acknowledge(construct: IConstruct, reason: string, ...ids: string[]): void {
  for (const id of ids) Validations.of(construct).acknowledge({ id, reason });
}

/** Not of a network that the user brings. */
export function acknowledgeNetwork(vpc: IVpc): void {
  acknowledge(vpc, FOR_THE_INTERNET, 'NIST.800.53.R5::NIST.800.53.R5-VPCNoUnrestrictedRouteToIGW');
  acknowledge(
    vpc,
    'one instance stands in it, and coturn logs each of its sessions; the record of each flow would cost by the gigabyte, and vpc.addFlowLog() has it kept',
    'AwsSolutions::AwsSolutions-VPC7',
    'NIST.800.53.R5::NIST.800.53.R5-VPCFlowLogsEnabled',
  );
  acknowledge(
    vpc,
    'nothing is in the default group: the one instance has a group of its own; to close it takes a function with rights on security groups',
    'NIST.800.53.R5::NIST.800.53.R5-VPCDefaultSecurityGroupClosed',
  );
}

export function acknowledgeOpenPorts(securityGroup: ISecurityGroup): void {
  acknowledge(
    securityGroup,
    FOR_THE_INTERNET,
    'AwsSolutions::AwsSolutions-EC23',
    'cdk-validator-cfnguard::vpc_sg_open_only_to_authorized_ports_check',
  );
}

/** Not of a secret that the user brings. */
export function acknowledgeNoRotation(secret: IConstruct): void {
  acknowledge(
    secret,
    'coturn reads it as it starts: when it changes, coturn is to be restarted, which ends what is relayed at that time',
    'AwsSolutions::AwsSolutions-SMG4',
    'NIST.800.53.R5::NIST.800.53.R5-SecretsManagerRotationEnabled',
  );
}

/** @param arns with wildcards, of which a condition says that they are the server's own */
export function acknowledgeByTag(stack: Stack, role: IRole, ...arns: string[]): void {
  acknowledge(
    role,
    'the instance and its group are known only once they are there; by a condition they carry the tag of this server',
    ...arns.map((arn) => `AwsSolutions::AwsSolutions-IAM5[Resource::${asWritten(stack.resolve(arn))}]`),
  );
}

export function acknowledgeInstance(launchTemplate: LaunchTemplate): void {
  acknowledge(
    launchTemplate,
    FOR_THE_INTERNET,
    'cdk-validator-cfnguard::ec2_launch_template_public_ip_disabled_check',
  );
  acknowledge(
    launchTemplate,
    'the instance asks itself every 20 seconds whether coturn answers; metrics by the minute would tell nothing sooner',
    'cdk-validator-cfnguard::ec2_launch_template_monitoring_enabled_check',
  );
}

export function acknowledgeOneInstance(autoScalingGroup: AutoScalingGroup): void {
  acknowledge(
    autoScalingGroup,
    'the group never scales: it holds one instance, which has the one address, and replaces it in any public subnet of the network',
    'AwsSolutions::AwsSolutions-AS3',
    'cdk-validator-cfnguard::autoscaling_multiple_az_check',
    'cdk-validator-cfnguard::autoscaling_mixed_instances_policy_multiple_instance_types_check',
  );
}
