// SPDX-License-Identifier: Apache-2.0
/** What the Linux guest does with the mounted tree, step by step; each line of a script must succeed. */
import type { Step } from './guest.ts';

export interface Where {
  /** Port of the host at which the guest finds the tree. */
  port: number;
  /** Ticket of the queen. */
  ticket: string;
  /** One that is not signed with the queen's key. */
  forged: string;
}

/** Enough for several messages of the largest size, and not a multiple of one. */
const RECORDS = 180;
const DEVICE = '/mnt/queen/telemetry/mount-test';

const VERSIONS = ['9p2000', '9p2000.u', '9p2000.L'] as const;
const CACHES = ['none', 'loose'] as const;

/** Each version of the protocol with each cache: the large directory twice, everything once, and the mount still works. */
function combinations(mount: (aname: string, version: string, cache: string) => string, ticket: string): Step[] {
  return VERSIONS.flatMap((version) =>
    CACHES.map((cache) => ({
      name: `version=${version} cache=${cache}`,
      script: `${mount(ticket, version, cache)}
test "$(ls /mnt/shard | wc -l)" = 256
test "$(ls -d /mnt/shard/* | wc -l)" = 256
test "$(ls -l /mnt/shard | grep -c ^d)" = 256
test "$(find /mnt/proc -type f | wc -l)" -gt 20
find /mnt/proc -type f -exec cat {} + > /tmp/all
test -s /tmp/all
test "$(cat /mnt/proc/lifecycle/state)" = state=ONLINE
fails ls /mnt/nothing
umount /mnt`,
    })),
  );
}

export function steps({ port, ticket, forged }: Where): Step[] {
  const options = (aname: string, version: string, cache: string): string =>
    `trans=tcp,port=${port},version=${version},msize=8192,cache=${cache},uname=queen,aname=${aname}`;
  const mount = (aname = ticket, version = '9p2000.L', cache = 'none'): string =>
    `mount -t 9p -o ${options(aname, version, cache)} 10.0.2.2 /mnt`;
  return [
    { name: 'a forged ticket is refused', script: `fails ${mount(forged)}` },
    { name: 'mount', script: mount() },
    {
      name: 'list',
      script: `ls -la /mnt /mnt/proc
for name in log proc queen shard worker; do test -d /mnt/$name; done
test "$(ls /mnt/shard | wc -l)" = 256
test "$(find /mnt/proc -type f | wc -l)" -gt 20
fails ls /mnt/nothing
fails ls /mnt/proc/boot/file`,
    },
    {
      name: 'read',
      script: `head -n 3 /mnt/proc/boot
test "$(cat /mnt/proc/lifecycle/state)" = state=ONLINE
cat /mnt/log/queen.log > /tmp/log
test -s /tmp/log
dd if=/mnt/proc/boot of=/tmp/piece bs=1 skip=3 count=11
test "$(cat /tmp/piece)" = "$(cut -b 4-14 /mnt/proc/boot | head -n 1)"
find /mnt/proc -type f -exec cat {} + > /tmp/all
test -s /tmp/all`,
    },
    {
      name: 'attributes',
      script: 'stat /mnt/proc/boot\nstat -f /mnt\ntest -r /mnt/proc/boot\ntest ! -d /mnt/proc/boot',
    },
    {
      name: 'append',
      script: `echo "a line of the Linux guest" >> /mnt/log/queen.log
grep "a line of the Linux guest" /mnt/log/queen.log
echo '{"new":"segment","mime":"text/plain"}' >> ${DEVICE}/ctl
seg=$(tail -n 1 ${DEVICE}/latest)
for n in $(seq ${RECORDS}); do echo "record $n of the Linux guest, with some more words to fill messages" >> /tmp/records; done
for n in $(seq 1 20 ${RECORDS}); do sed -n "$n,$((n + 19))p" /tmp/records > /tmp/part; cat /tmp/part >> ${DEVICE}/seg/$seg; done
cmp /tmp/records ${DEVICE}/seg/$seg`,
    },
    {
      name: 'what is not allowed is refused',
      script: `fails mkdir /mnt/directory
fails touch /mnt/file
fails rm /mnt/proc/boot
fails mv /mnt/proc/boot /mnt/boot
fails sh -c 'echo no >> /mnt/proc/boot'
fails sh -c 'echo no > /mnt/log/queen.log'
fails sh -c 'echo nonsense >> /mnt/queen/ctl'
fails ln -s x /mnt/link
fails chmod 777 /mnt/log/queen.log
cat /mnt/proc/lifecycle/state`,
    },
    {
      name: 'control',
      script: `echo '{"spawn":"heartbeat","ticks":1000,"budget":{"ttl_s":60}}' >> /mnt/queen/ctl
ls /mnt/worker
id=$(ls /mnt/worker | head -n 1)
cat /mnt/worker/$id/telemetry
echo "{\\"kill\\":\\"$id\\"}" >> /mnt/queen/ctl
fails ls /mnt/worker/$id`,
    },
    {
      name: 'many files at once',
      script:
        'for n in $(seq 40); do cat /mnt/proc/boot > /tmp/copy.$n & done; wait\nfor n in $(seq 40); do cmp /mnt/proc/boot /tmp/copy.$n; done',
    },
    { name: 'unmount', script: 'umount /mnt\ntest -z "$(ls /mnt)"' },
    { name: 'mount again', script: `${mount()}\ngrep "a line of the Linux guest" /mnt/log/queen.log\numount /mnt` },
    ...combinations(mount, ticket),
  ];
}
