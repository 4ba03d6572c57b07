#!/bin/sh
# Starts systemd as the first process of namespaces of its own. It sees the files of the real
# machine, and what it writes stays in memory.
#
#   unshare --mount --pid --fork --kill-child --cgroup --uts --ipc machine.sh UPPER SHARED
#
# UPPER is an empty directory, and SHARED appears in there as /srv/shared. The network is that of
# the real machine.
set -eu
upper=$1
shared=$2
version=1
[ ! -e /sys/fs/cgroup/cgroup.controllers ] || version=2
mount --make-rprivate /
mount -t tmpfs none "$upper"
mkdir "$upper/changes" "$upper/work" "$upper/root"
mount -t overlay -o "lowerdir=/,upperdir=$upper/changes,workdir=$upper/work" overlay "$upper/root"
cd "$upper/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
if [ "$version" = 2 ]; then
    mount -t cgroup2 cgroup2 sys/fs/cgroup
else
    mount -t tmpfs none sys/fs/cgroup
    mkdir sys/fs/cgroup/systemd
    mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
fi
mount --rbind /dev dev
mount -t tmpfs none run
mount -t tmpfs -o mode=1777 none tmp
mkdir -p srv/shared
mount --bind "$shared" srv/shared
# No unit of the real machine may start here. What every service asks for is there at once.
rm -rf etc/systemd/system
mkdir etc/systemd/system
for target in sysinit basic network-online multi-user timers; do
    printf '[Unit]\nDescription=%s\nDefaultDependencies=no\n' "$target" >"etc/systemd/system/$target.target"
done
mkdir old
pivot_root . old
umount -l old
exec env -i container=homes PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=multi-user.target --log-target=console --log-level=notice --show-status=false
