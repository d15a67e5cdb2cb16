import {
  ArnFormat,
  Names,
  RemovalPolicy,
  Resource,
  Size,
  SizeRoundingBehavior,
  Tags,
  Token,
} from 'aws-cdk-lib';
import { AutoScalingGroup, HealthChecks, UpdatePolicy } from 'aws-cdk-lib/aws-autoscaling';
import {
  BlockDeviceVolume,
  CfnEIP,
  type Connections,
  EbsDeviceVolumeType,
  type IConnectable,
  InstanceArchitecture,
  InstanceType,
  type ISecurityGroup,
  type IVpc,
  LaunchTemplate,
  MachineImage,
  OperatingSystemType,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  UserData,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Grant, type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ILogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { allowToRead } from './private/actions';
import {
  check,
  isAbove0,
  isWhole,
  refuse,
  removalPolicyProblems,
  retentionProblems,
  wholeNumber,
} from './private/check';
import {
  acknowledgeByTag,
  acknowledgeInstance,
  acknowledgeNetwork,
  acknowledgeNoRotation,
  acknowledgeOneInstance,
  acknowledgeOpenPorts,
} from './private/coturn-acknowledgements';
import { coturnConfig, PORT, TLS_PORT } from './private/coturn-config';
import { coturnUserData } from './private/coturn-user-data';
import { keyBehind, keyProblems } from './private/encryption';
import { newLogGroup } from './private/log-group';

/** TURN over TLS, for networks that let nothing else out. */
export interface CoturnTls {
  /** Name that the certificate is for. Point it at the server's `publicIp`. */
  readonly domainName: string;

  /** A JSON object with the fields `certificate` (the chain) and `privateKey`, both PEM. */
  readonly certificate: ISecret;
}

/** Everything has a default: `new CoturnServer(this, 'Coturn')` is a working server. */
export interface CoturnServerProps {
  /**
   * Network to stand in. It needs a public subnet.
   *
   * @default - a new one, of two public subnets and without a NAT gateway
   */
  readonly vpc?: IVpc;

  /**
   * What the instance is, of the architecture arm64.
   *
   * @default t4g.small
   */
  readonly instanceType?: InstanceType;

  /**
   * Shared by the server and whoever makes credentials: letters, digits and `+/=_.-`.
   *
   * @default - a new one, of 64 letters and digits
   */
  readonly secret?: ISecret;

  /**
   * TURN over TLS on port 5349.
   *
   * @default - none: over UDP and TCP on port 3478
   */
  readonly tls?: CoturnTls;

  /**
   * First UDP port that is relayed through.
   *
   * @default 49152
   */
  readonly minRelayPort?: number;

  /**
   * Last UDP port that is relayed through.
   *
   * @default 65535
   */
  readonly maxRelayPort?: number;

  /**
   * Most allocations of one user at the same time. Each network of a peer takes one or more.
   *
   * @default 12
   */
  readonly userQuota?: number;

  /**
   * Most allocations of all users at the same time.
   *
   * @default 1200
   */
  readonly totalQuota?: number;

  /**
   * Most that one session relays in a second, each way: at least one byte.
   *
   * @default Size.kibibytes(512)
   */
  readonly maxBandwidth?: Size;

  /**
   * How long logs are kept. They name the users and their addresses.
   *
   * @default RetentionDays.ONE_MONTH
   */
  readonly logRetention?: RetentionDays;

  /**
   * What becomes of the secret and the logs when they leave the stack: DESTROY, RETAIN or
   * RETAIN_ON_UPDATE_OR_DELETE.
   *
   * @default RemovalPolicy.DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * A key of yours for the secret and the logs. The instance may decrypt the secret with it, and CloudWatch Logs may use
   * it for this log group. A secret that you bring keeps its own. An alias of the app stands for its key; one that is
   * known by its name alone is refused.
   *
   * @default - keys of AWS
   */
  readonly encryptionKey?: IKey;
}

/**
 * coturn, a TURN server, on an instance of its own with a fixed address. An instance that no longer answers is replaced,
 * and the address moves to the next; who relays meanwhile connects anew.
 */
export class CoturnServer extends Resource implements IConnectable {
  /** Where it stands. */
  public readonly vpc: IVpc;

  /** Lets in TURN, and the relayed ports. */
  public readonly securityGroup: ISecurityGroup;

  /** For further rules of the security group. */
  public readonly connections: Connections;

  /** Shared with whoever makes credentials. */
  public readonly secret: ISecret;

  /** The fixed address. */
  public readonly elasticIp: CfnEIP;

  /** The fixed address, as text. */
  public readonly publicIp: string;

  /** Of the instance. */
  public readonly role: IRole;

  /** Of one instance: it replaces what is not healthy. */
  public readonly autoScalingGroup: AutoScalingGroup;

  /** What coturn and the start of the instance write. */
  public readonly logGroup: ILogGroup;

  /** For clients: STUN, TURN over UDP and TCP, and over TLS where there is a certificate. */
  public readonly urls: string[];

  /** @throws where a property is wrong, with one line for each that is */
  constructor(scope: Construct, id: string, props: CoturnServerProps = {}) {
    super(scope, id);
    const { tls, minRelayPort = 49152, maxRelayPort = 65535, userQuota = 12, totalQuota = 1200 } = props;
    const { removalPolicy = RemovalPolicy.DESTROY, maxBandwidth = Size.kibibytes(512) } = props;
    // Down to whole bytes; a token stays what it is.
    const maxBytesPerSecond = Math.floor(maxBandwidth.toBytes({ rounding: SizeRoundingBehavior.NONE }));
    refuse(this, [
      ...check(
        'instanceType',
        props.instanceType?.toString(),
        isForArm64,
        'a type of the architecture arm64, t4g.small for one',
      ),
      ...wholeNumber('minRelayPort', minRelayPort, 1024, 65535),
      ...check(
        'maxRelayPort',
        maxRelayPort,
        isWhole(Token.isUnresolved(minRelayPort) ? 1024 : minRelayPort, 65535),
        'a whole number from minRelayPort to 65535',
      ),
      ...wholeNumber('userQuota', userQuota, 1, 1_000_000),
      ...wholeNumber('totalQuota', totalQuota, 1, 1_000_000),
      ...check('maxBandwidth', maxBytesPerSecond, isAbove0, 'at least one byte'),
      ...retentionProblems('logRetention', props.logRetention),
      ...removalPolicyProblems('removalPolicy', props.removalPolicy),
      ...check(
        'tls.domainName',
        tls?.domainName,
        (name) => /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i.test(name),
        'a domain name',
      ),
      ...keyProblems('encryptionKey', props.encryptionKey),
      ...keyProblems('secret.encryptionKey', props.secret?.encryptionKey),
      ...keyProblems('tls.certificate.encryptionKey', tls?.certificate.encryptionKey),
    ]);
    const encryptionKey = props.encryptionKey && keyBehind(props.encryptionKey);

    this.vpc =
      props.vpc ??
      new Vpc(this, 'Vpc', {
        maxAzs: 2,
        natGateways: 0,
        // See acknowledgeNetwork; a feature flag would turn it on.
        restrictDefaultSecurityGroup: false,
        // The instance asks for its address; another that is put here does not get one unasked.
        subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      });
    if (!props.vpc) acknowledgeNetwork(this.vpc);
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', { vpc: this.vpc });
    acknowledgeOpenPorts(this.securityGroup);
    const everyone = Peer.anyIpv4();
    this.securityGroup.addIngressRule(everyone, Port.udp(PORT), 'STUN and TURN over UDP');
    this.securityGroup.addIngressRule(everyone, Port.tcp(PORT), 'TURN over TCP');
    if (tls) this.securityGroup.addIngressRule(everyone, Port.tcp(TLS_PORT), 'TURN over TLS');
    this.securityGroup.addIngressRule(everyone, Port.udpRange(minRelayPort, maxRelayPort), 'relayed');

    this.secret =
      props.secret ??
      new Secret(this, 'Secret', {
        generateSecretString: { excludePunctuation: true, passwordLength: 64 },
        removalPolicy,
        encryptionKey,
      });
    if (!props.secret) acknowledgeNoRotation(this.secret);
    this.logGroup = newLogGroup(this, 'Logs', {
      retention: props.logRetention,
      removalPolicy,
      encryptionKey,
    });
    this.elasticIp = new CfnEIP(this, 'ElasticIp', { domain: 'vpc' });
    this.publicIp = this.elasticIp.ref;
    this.role = this.makeRole(tls);

    const userData = UserData.forLinux();
    userData.addCommands(
      ...coturnUserData({
        config: coturnConfig({
          realm: tls?.domainName ?? 'turn',
          publicIp: this.publicIp,
          minRelayPort,
          maxRelayPort,
          userQuota,
          totalQuota,
          maxBytesPerSecond,
          tls: tls !== undefined,
        }),
        region: this.stack.region,
        allocationId: this.elasticIp.attrAllocationId,
        secretArn: this.secret.secretArn,
        certificateArn: tls?.certificate.secretArn,
        logGroupName: this.logGroup.logGroupName,
      }),
    );
    const launchTemplate = new LaunchTemplate(this, 'LaunchTemplate', {
      // Debian, because Amazon Linux has no coturn to install: https://wiki.debian.org/Cloud/AmazonEC2Image
      machineImage: MachineImage.fromSsmParameter('/aws/service/debian/release/12/latest/arm64', {
        os: OperatingSystemType.LINUX,
      }),
      instanceType: props.instanceType ?? new InstanceType('t4g.small'),
      role: this.role,
      securityGroup: this.securityGroup,
      userData,
      associatePublicIpAddress: true,
      requireImdsv2: true,
      blockDevices: [
        {
          deviceName: '/dev/xvda',
          volume: BlockDeviceVolume.ebs(8, { encrypted: true, volumeType: EbsDeviceVolumeType.GP3 }),
        },
      ],
    });
    acknowledgeInstance(launchTemplate);
    this.autoScalingGroup = new AutoScalingGroup(this, 'AutoScalingGroup', {
      vpc: this.vpc,
      vpcSubnets: { subnetType: SubnetType.PUBLIC },
      launchTemplate,
      minCapacity: 1,
      maxCapacity: 1,
      healthChecks: HealthChecks.ec2(),
      updatePolicy: UpdatePolicy.rollingUpdate({ minInstancesInService: 0, maxBatchSize: 1 }),
    });
    acknowledgeOneInstance(this.autoScalingGroup);
    // What the instance does as it starts takes the internet, and all that its role may do.
    const { internetConnectivityEstablished } = this.vpc.selectSubnets({ subnetType: SubnetType.PUBLIC });
    this.autoScalingGroup.node.addDependency(internetConnectivityEstablished, this.role);
    Tags.of(this.autoScalingGroup).add(TAG, this.tagValue);
    this.connections = this.securityGroup.connections;

    this.urls = [
      `stun:${this.publicIp}:${PORT}`,
      `turn:${this.publicIp}:${PORT}?transport=udp`,
      `turn:${this.publicIp}:${PORT}?transport=tcp`,
      ...(tls ? [`turns:${tls.domainName}:${TLS_PORT}?transport=tcp`] : []),
    ];
  }

  private makeRole(tls?: CoturnTls): Role {
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    allowToRead(role, this.secret, ...(tls ? [tls.certificate] : []));
    this.logGroup.grantWrite(role);
    // The agent looks for its groups and streams first.
    const { stack } = this;
    Grant.addToPrincipal({
      grantee: role,
      actions: ['logs:DescribeLogStreams'],
      // Written out: which of the two a log group grants by itself differs between versions of aws-cdk-lib.
      resourceArns: [
        stack.formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: this.logGroup.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
        this.logGroup.logGroupArn,
      ],
    });
    const anyInstance = stack.formatArn({ service: 'ec2', resource: 'instance', resourceName: '*' });
    const anyGroup = stack.formatArn({
      service: 'autoscaling',
      resource: 'autoScalingGroup',
      resourceName: '*:autoScalingGroupName/*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const ours = { StringEquals: { [`aws:ResourceTag/${TAG}`]: this.tagValue } };
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ec2:AssociateAddress'],
        resources: [
          stack.formatArn({
            service: 'ec2',
            resource: 'elastic-ip',
            resourceName: this.elasticIp.attrAllocationId,
          }),
        ],
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['ec2:AssociateAddress'],
        resources: [anyInstance],
        conditions: ours,
      }),
    );
    role.addToPolicy(
      new PolicyStatement({
        actions: ['autoscaling:SetInstanceHealth'],
        resources: [anyGroup],
        conditions: ours,
      }),
    );
    acknowledgeByTag(stack, role, anyInstance, anyGroup);
    return role;
  }

  private get tagValue(): string {
    return Names.uniqueId(this);
  }
}

/** By it the instance's role knows its own instance and group. */
const TAG = 'CoturnServer';

/** Not what the CDK cannot read, at which it throws. */
function isForArm64(type: string): boolean {
  try {
    return new InstanceType(type).architecture === InstanceArchitecture.ARM_64;
  } catch {
    return false;
  }
}
