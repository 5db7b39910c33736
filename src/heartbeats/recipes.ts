// Owns the recipes for jobs that report in: text to paste, with the ping address in it. Pure. The dashboard shows them with the
// address of a heartbeat, and docs/guide/heartbeats.md with an example.

/** How a recipe's text is written. Also the language of its block in documents. */
type Language = 'cron' | 'ini' | 'yaml' | 'powershell' | 'python' | 'sh';

interface Recipe {
  readonly id: string;
  readonly title: string;
  /** Where it goes, in one or two sentences. */
  readonly about: string;
  readonly language: Language;
  readonly text: (address: string) => string;
}

/** What every call of curl has: it fails on an error, says why, gives up after 10 s, and tries again. */
export const CURL = 'curl -fsS -m 10 --retry 5 -o /dev/null';

export const RECIPES = [
  {
    id: 'crontab',
    title: 'crontab',
    about:
      'Add the line with `crontab -e`. The ping is sent only if the job succeeds, so a job that fails is late.',
    language: 'cron',
    text: (address) => `0 3 * * * /usr/local/bin/backup.sh && ${CURL} ${address}\n`,
  },
  {
    id: 'wrap',
    title: 'Any command, with its duration and its exit code',
    about:
      'A script that runs a command, such as `ping-run.sh pg_dump -f /backup/shop.sql shop`. It reports the start, the exit code and the end of the output. The run id tells overlapping runs apart.',
    language: 'sh',
    text: (address) => `#!/bin/sh
# Runs a command and reports it. Usage: ping-run.sh COMMAND [ARGUMENT...]
url=${address}
rid=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
output=$(mktemp)
trap 'rm -f "$output"' EXIT
${CURL} "$url/start?rid=$rid"
"$@" >"$output" 2>&1
code=$?
cat "$output"
tail -c 10000 "$output" | ${CURL} --data-binary @- "$url/$code?rid=$rid"
exit $code
`,
  },
  {
    id: 'systemd-service',
    title: 'systemd: the service',
    about: 'Save it as `/etc/systemd/system/backup.service`. The exit code of the job is what is reported.',
    language: 'ini',
    text: (address) => `[Unit]
Description=Nightly backup
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStartPre=-/bin/sh -c '${CURL} "${address}/start?rid=$$INVOCATION_ID"'
ExecStart=/usr/local/bin/backup.sh
ExecStopPost=-/bin/sh -c 'case "$$EXIT_STATUS" in [0-9]*) end=$$EXIT_STATUS ;; *) end=fail ;; esac; ${CURL} "${address}/$$end?rid=$$INVOCATION_ID"'
`,
  },
  {
    id: 'systemd-timer',
    title: 'systemd: the timer',
    about:
      'Save it as `/etc/systemd/system/backup.timer`, and run `systemctl enable --now backup.timer`. Give the heartbeat a grace of more than `AccuracySec`.',
    language: 'ini',
    text: () => `[Unit]
Description=Nightly backup

[Timer]
OnCalendar=*-*-* 03:00:00
AccuracySec=1min
Persistent=true

[Install]
WantedBy=timers.target
`,
  },
  {
    id: 'kubernetes',
    title: 'Kubernetes CronJob',
    about:
      'The pod runs the job, and reports its exit code. The image needs a shell and curl. In production, take the address from a Secret.',
    language: 'yaml',
    text: (address) => `apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly-backup
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 0
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: backup
              image: registry.example.com/backup:1
              env:
                - name: PING_URL
                  value: ${address}
              command:
                - /bin/sh
                - -c
                - |
                  ${CURL} "$PING_URL/start?rid=$HOSTNAME"
                  /usr/local/bin/backup.sh
                  code=$?
                  ${CURL} "$PING_URL/$code?rid=$HOSTNAME"
                  exit $code
`,
  },
  {
    id: 'github-actions',
    title: 'GitHub Actions',
    about:
      'Store the address as a secret of the repository, named `PING_URL`. The last step runs even if one before it failed.',
    language: 'yaml',
    text: (address) => `# PING_URL is ${address}
on:
  schedule:
    - cron: "0 3 * * *"
jobs:
  backup:
    runs-on: ubuntu-latest
    env:
      PING_URL: \${{ secrets.PING_URL }}
      RID: \${{ github.run_id }}-\${{ github.run_attempt }}
    steps:
      - run: ${CURL} "$PING_URL/start?rid=$RID"
      - uses: actions/checkout@v5
      - run: ./backup.sh
      - if: always()
        run: ${CURL} "$PING_URL/\${{ job.status == 'success' && '0' || 'fail' }}?rid=$RID"
`,
  },
  {
    id: 'powershell',
    title: 'PowerShell',
    about: 'For the task scheduler of Windows. It works from Windows PowerShell 5.1 on.',
    language: 'powershell',
    text: (address) => `$url = '${address}'
$rid = [guid]::NewGuid()
function Send-Ping($path, $body) {
  foreach ($try in 1..5) {
    try {
      $null = Invoke-WebRequest "\${url}\${path}?rid=\${rid}" -Method Post -Body $body -TimeoutSec 10 -UseBasicParsing
      return
    } catch { Start-Sleep -Seconds (2 * $try) }
  }
}
Send-Ping '/start' ''
try {
  & 'C:\\Scripts\\backup.exe'
  Send-Ping "/$($LASTEXITCODE -band 255)" ''
} catch {
  Send-Ping '/fail' "$_"
}
`,
  },
  {
    id: 'python',
    title: 'Python',
    about: 'Around what the job does. It needs only the standard library.',
    language: 'python',
    text: (address) => `import time
import traceback
import urllib.request
import uuid

URL = "${address}"
RID = uuid.uuid4()


def ping(path="", body=b""):
    for attempt in range(5):
        try:
            urllib.request.urlopen(f"{URL}{path}?rid={RID}", data=body, timeout=10).close()
            return
        except OSError:
            time.sleep(2**attempt)


def main():
    print("The job does its work.")


ping("/start")
try:
    main()
except BaseException:
    ping("/fail", traceback.format_exc().encode()[-10_000:])
    raise
ping()
`,
  },
  {
    id: 'curl',
    title: 'A worker, or any loop',
    about: 'Call it after each piece of work. A heartbeat takes up to 60 pings a minute.',
    language: 'sh',
    text: (address) => `${CURL} ${address}\n`,
  },
] as const satisfies readonly Recipe[];
