// What an instance does as it starts. No secret is here: it reads them by its role.
export interface CoturnBoot {
  readonly config: string;
  readonly region: string;
  readonly allocationId: string;
  readonly secretArn: string;
  /** Of a JSON object with the fields `certificate` and `privateKey`, both PEM. */
  readonly certificateArn?: string;
  readonly logGroupName: string;
}

/** Lines of a bash script. */
export function coturnUserData(boot: CoturnBoot): string[] {
  return [
    'set -euo pipefail',
    'export DEBIAN_FRONTEND=noninteractive',
    '',
    // First of all, so that an instance on which the rest fails is replaced, too.
    ...file('/usr/local/sbin/coturn-probe', '755', PROBE),
    ...file('/etc/systemd/system/coturn-probe.service', '644', PROBE_SERVICE),
    ...file('/etc/systemd/system/coturn-probe.timer', '644', PROBE_TIMER),
    `echo AWS_DEFAULT_REGION=${boot.region} > /etc/coturn-environment`,
    'systemctl daemon-reload',
    'systemctl enable --now coturn-probe.timer',
    '',
    'apt-get update -q',
    'apt-get install -q -y --no-install-recommends awscli ca-certificates curl python3 unattended-upgrades',
    // As it is installed it is not to start, with a configuration that is not ours.
    'ln -sf /dev/null /etc/systemd/system/coturn.service',
    'apt-get install -q -y --no-install-recommends coturn',
    'rm /etc/systemd/system/coturn.service',
    'install -d -o turnserver -g turnserver -m 750 /etc/coturn /var/log/coturn',
    '',
    ...file('/etc/coturn/turnserver.conf.in', '644', boot.config),
    ...file('/usr/local/sbin/coturn-configure', '755', configure(boot)),
    ...file('/etc/systemd/system/coturn.service.d/configure.conf', '644', DROP_IN),
    ...file('/etc/logrotate.d/coturn', '644', LOGROTATE),
    '',
    `aws --region ${boot.region} ec2 associate-address --allow-reassociation --allocation-id ${boot.allocationId} --instance-id "$(/usr/local/sbin/coturn-probe metadata instance-id)"`,
    'systemctl daemon-reload',
    'systemctl enable coturn',
    'systemctl restart coturn',
    '',
    // Last, and without a say in whether calls are relayed.
    ...file('/etc/coturn/logs.json', '644', logs(boot.logGroupName)),
    `agent=https://amazoncloudwatch-agent-${boot.region}.s3.${boot.region}.amazonaws.com`,
    'for distribution in debian ubuntu; do curl -fsSL -o /tmp/agent.deb "$agent/$distribution/arm64/latest/amazon-cloudwatch-agent.deb" && break; done',
    'dpkg -i /tmp/agent.deb',
    '/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/etc/coturn/logs.json',
  ];
}

function file(path: string, mode: string, content: string): string[] {
  const folder = path.slice(0, path.lastIndexOf('/'));
  return [
    `mkdir -p ${folder}`,
    `cat > ${path} <<'END_OF_FILE'`,
    content,
    'END_OF_FILE',
    `chmod ${mode} ${path}`,
  ];
}

/**
 * Asks for a STUN binding on this machine; after three times without an answer the instance is given up. Where it cannot
 * even say so, because its start failed, it turns itself off, which the group sees too.
 */
const PROBE = `#!/bin/bash
metadata() {
  local token
  token=$(curl -sfX PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token)
  curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}
if [ "\${1:-}" = metadata ]; then metadata "$2"; exit; fi
failures=/run/coturn-failures
if timeout 5 turnutils_stunclient "$(metadata local-ipv4)" > /dev/null 2>&1; then
  echo 0 > $failures
  exit 0
fi
count=$(( $(cat $failures 2>/dev/null || echo 0) + 1 ))
echo $count > $failures
if [ $count -ge 3 ]; then
  aws autoscaling set-instance-health --instance-id "$(metadata instance-id)" --health-status Unhealthy || poweroff
fi`;

const PROBE_SERVICE = `[Unit]
Description=Whether coturn answers
[Service]
Type=oneshot
EnvironmentFile=/etc/coturn-environment
ExecStart=/usr/local/sbin/coturn-probe`;

/** It begins where a start that works is over. */
const PROBE_TIMER = `[Unit]
Description=Whether coturn answers
[Timer]
OnBootSec=300
OnUnitActiveSec=20
AccuracySec=1
[Install]
WantedBy=timers.target`;

const DROP_IN = `[Service]
ExecStartPre=+/usr/local/sbin/coturn-configure
Restart=always
RestartSec=2
LimitNOFILE=65536`;

const LOGROTATE = `/var/log/coturn/*.log {
  daily
  rotate 3
  size 50M
  missingok
  copytruncate
}`;

/** Run by root ahead of each start: another secret or certificate is there after a restart. */
const configure = ({ region, secretArn, certificateArn }: CoturnBoot) => `#!/bin/bash
set -euo pipefail
umask 077
read_secret() {
  aws --region ${region} secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text
}
secret=$(read_secret '${secretArn}')
case "$secret" in
  '' | *[!A-Za-z0-9+/=_.-]*) echo 'the secret is empty, or has characters other than letters, digits and +/=_.-' >&2; exit 1 ;;
esac
address=$(/usr/local/sbin/coturn-probe metadata local-ipv4)
sed "s/@PRIVATE_IP@/$address/g" /etc/coturn/turnserver.conf.in > /etc/turnserver.conf.new
printf 'static-auth-secret=%s\\n' "$secret" >> /etc/turnserver.conf.new
chown root:turnserver /etc/turnserver.conf.new
chmod 640 /etc/turnserver.conf.new
mv /etc/turnserver.conf.new /etc/turnserver.conf${certificateArn === undefined ? '' : certificates(certificateArn)}`;

const certificates = (arn: string) => `
read_secret '${arn}' | python3 -c '
import json, sys
pair = json.load(sys.stdin)
open("/etc/coturn/certificate.pem", "w").write(pair["certificate"])
open("/etc/coturn/private-key.pem", "w").write(pair["privateKey"])'
chown root:turnserver /etc/coturn/*.pem
chmod 640 /etc/coturn/*.pem`;

const logs = (logGroup: string) =>
  JSON.stringify({
    logs: {
      logs_collected: {
        files: {
          collect_list: [
            ['/var/log/coturn/turnserver.log', 'coturn'],
            ['/var/log/cloud-init-output.log', 'start'],
          ].map(([path, name]) => ({
            file_path: path,
            log_group_name: logGroup,
            log_stream_name: `{instance_id}/${name}`,
          })),
        },
      },
    },
  });
