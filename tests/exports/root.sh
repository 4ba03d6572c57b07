#!/bin/sh
# Makes a root of Debian's unstable with Laravel and Rails, once: npm and PyPI have neither, and
# Debian 12's Laravel takes one key. Needs root and `debootstrap`.
set -eu
root=$1
[ -e "$root/srv/is-complete" ] && exit
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -1)
rm -rf "$root"
debootstrap --variant=minbase sid "$root" "$mirror"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp -n /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/"
chroot "$root" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends php-laravel-framework php-cli ruby-rails puma
# Where Laravel looks for its own configuration, and where Debian puts it.
ln -s php/Illuminate/config "$root/usr/share/config"
touch "$root/srv/is-complete"
