package egress_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"seax/internal/egress"
)

func TestWhatIsPublic(t *testing.T) {
	t.Parallel()
	for _, ip := range []string{"1.1.1.1", "8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "::ffff:8.8.8.8"} {
		require.True(t, egress.Public(netip.MustParseAddr(ip)), ip)
	}
	for _, ip := range []string{
		"127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255",
		"192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::", "2001:db8::1",
		"::7f00:1", "::a00:1", "::ffff:0:7f00:1", "64:ff9b:1::7f00:1", "100::1", "3fff::1", "5f00::1", "4000::1", "2002:a9fe:a9fe::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
	} {
		require.False(t, egress.Public(netip.MustParseAddr(ip)), ip)
	}
}

func TestOnlyAllowedAddressesAreConnectedTo(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.Host }))
	t.Cleanup(server.Close)
	named := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)

	strict := &http.Client{Transport: egress.Policy{}.Transport()}
	for _, address := range []string{server.URL, named} {
		_, err := strict.Get(address)
		require.ErrorIs(t, err, egress.ErrPrivate, address)
	}
	require.Empty(t, reached)

	local := &http.Client{Transport: egress.Policy{Private: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}}.Transport()}
	for _, address := range []string{server.URL, named} {
		res, err := local.Get(address)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.NotEmpty(t, <-reached)
	}
}
