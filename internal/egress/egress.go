// Package egress makes the connections to addresses that others have named: customers, providers, admins. It connects to the public
// internet and to networks that were allowed, and to nothing else: neither a name that leads inside nor one that changes its
// mind between a check and a call gets anywhere, because what is checked is the address that is being connected to.
package egress

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// ErrPrivate says that an address is not public and not allowed.
var ErrPrivate = errors.New("the address is not public")

// Policy says where connections may go.
type Policy struct {
	// Private are networks that may be connected to although they are not public.
	Private []netip.Prefix
}

// special are the blocks that netip's own predicates do not cover: shared, documentation, benchmark and reserved ones, and those
// that wrap IPv4 addresses or lead to gateways. global is all of IPv6 that was ever given to anybody; IPv4 addresses are wrapped in many
// places beside it.
var (
	special = prefixes(
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	)
	global = netip.MustParsePrefix("2000::/3")
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, p := range all {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// Public reports whether an address belongs to somebody on the internet.
func Public(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.Is6() && !global.Contains(ip) {
		return false
	}
	for _, block := range special {
		if block.Contains(ip) {
			return false
		}
	}
	return true
}

// Allows reports whether the policy lets connections to an address through.
func (p Policy) Allows(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	for _, block := range p.Private {
		if block.Contains(ip) {
			return true
		}
	}
	return Public(ip)
}

// Transport returns a transport that connects only where the policy allows. It uses no proxy: one would connect where it likes.
func (p Policy) Transport() *http.Transport {
	dialer := p.Dialer()
	return &http.Transport{
		DialContext:       dialer.DialContext,
		ForceAttemptHTTP2: true, MaxIdleConns: 200, MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: 30 * time.Second, DisableCompression: true,
	}
}

// Dialer returns a dialer for protocols other than HTTP, with the same rule.
func (p Policy) Dialer() *net.Dialer {
	return &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("connect to %s: %w", address, err)
		}
		if !p.Allows(at.Addr()) {
			return fmt.Errorf("connect to %s: %w", at.Addr(), ErrPrivate)
		}
		return nil
	}}
}
