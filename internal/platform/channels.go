package platform

import (
	"net/http"
	"time"

	"seax/connectors"
	"seax/connectors/custom"
	"seax/connectors/fetch"
	"seax/connectors/twilio"
	"seax/connectors/webchat"
	"seax/connectors/wire"
	"seax/internal/egress"
)

// connectors fills the registry: the one place where a channel kind joins SeaX.
func (p *Platform) connectors(chat *webchat.Connector) *connectors.Registry {
	deps := p.connectorDeps()
	return connectors.NewRegistry(
		chat,
		twilio.NewSMS(deps), twilio.NewWhatsApp(deps), twilio.NewMessenger(deps),
		custom.New(deps),
	)
}

// connectorDeps is what connectors of providers on the network are made with.
func (p *Platform) connectorDeps() connectors.Deps {
	var transport http.RoundTripper = egress.Policy{Private: p.Config.PrivateNetworks}.Transport()
	if p.Config.ProviderProxy != nil {
		transport = wire.Through(http.DefaultTransport, p.Config.ProviderProxy)
	}
	return connectors.Deps{
		HTTP: wire.NewClient(transport), Fetch: fetch.New(transport), PublicURL: p.Config.PublicURL, Clock: time.Now, Logger: p.logger,
	}
}
