package temporald

import (
	"net"
	"strconv"

	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// ui is the running web UI.
type ui struct {
	server *uiserver.Server
	addr   string
	ended  chan struct{}
}

// startUI serves the UI for a frontend. Its pages load nothing from elsewhere.
func startUI(o Options) *ui {
	host, port, _ := net.SplitHostPort(o.UIAddr)
	number, _ := strconv.Atoi(port)
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		host = "[" + host + "]"
	}
	u := &ui{addr: o.UIAddr, ended: make(chan struct{})}
	u.server = uiserver.NewServer(server_options.WithConfigProvider(&uiconfig.Config{
		Host:                host,
		Port:                number,
		TemporalGRPCAddress: o.Addr,
		DefaultNamespace:    o.Namespace,
		EnableUI:            true,
		Codec:               uiconfig.Codec{Endpoint: o.UICodecEndpoint},
		// It is served without TLS.
		CORS:               uiconfig.CORS{CookieInsecure: true},
		HideLogs:           true,
		DisableNewsFetch:   true,
		NotifyOnNewVersion: false,
	}))
	go func() {
		defer close(u.ended)
		_ = u.server.Start()
	}()
	return u
}

func (u *ui) stop() {
	u.server.Stop()
	<-u.ended
}
