package platform

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"

	"seax/connectors"
	"seax/connectors/custom"
	"seax/connectors/discord"
	"seax/connectors/email"
	"seax/connectors/fetch"
	"seax/connectors/gbm"
	"seax/connectors/line"
	"seax/connectors/meta"
	"seax/connectors/rcs"
	"seax/connectors/telegram"
	"seax/connectors/twilio"
	"seax/connectors/webchat"
	"seax/connectors/wire"
	"seax/internal/blob"
	"seax/internal/conversation"
	"seax/internal/directory"
	"seax/internal/egress"
	"seax/internal/health"
	"seax/internal/ingress"
	"seax/internal/realtime"
)

// connectors fills the registry: the one place where a channel kind joins SeaX.
func (p *Platform) connectors(chat *webchat.Connector) *connectors.Registry {
	deps := p.connectorDeps()
	return connectors.NewRegistry(
		chat,
		twilio.NewSMS(deps), twilio.NewWhatsApp(deps), twilio.NewMessenger(deps),
		line.New(deps), telegram.New(deps), discord.New(deps),
		meta.NewWhatsApp(deps), meta.NewMessenger(deps), meta.NewInstagram(deps),
		rcs.New(deps), gbm.New(deps),
		custom.New(deps),
		email.New(p.emailDeps(deps)),
	)
}

// emailDeps is what the email connector is made with. Its servers are fakes where providers are.
func (p *Platform) emailDeps(deps connectors.Deps) email.Deps {
	d := email.Deps{Deps: deps, Dial: egress.Policy{Private: p.Config.PrivateNetworks}.Dialer().DialContext, Files: p.files, FileTypes: blob.CustomerTypes, Keep: p.keepSecret}
	if p.Config.ProviderProxy == nil {
		return d
	}
	d.Dial = wire.Tunnel(p.Config.ProviderProxy, p.Config.ProviderHosts, d.Dial)
	if authorities, err := x509.SystemCertPool(); err == nil && authorities.AppendCertsFromPEM(p.Config.ProviderCA) {
		d.TLS = &tls.Config{RootCAs: authorities, MinVersion: tls.VersionTLS12}
	}
	return d
}

// keepSecret replaces a channel's secret by the one that its provider gave in its place.
func (p *Platform) keepSecret(ctx context.Context, account connectors.Account, setting, value string) error {
	return p.directory.ReplaceSecret(ctx, account, setting, value)
}

// connectorDeps is what connectors of providers on the network are made with.
func (p *Platform) connectorDeps() connectors.Deps {
	var transport http.RoundTripper = egress.Policy{Private: p.Config.PrivateNetworks}.Transport()
	if p.Config.ProviderProxy != nil {
		fakes := wire.Through(http.DefaultTransport, p.Config.ProviderProxy)
		if hosts := p.Config.ProviderHosts; len(hosts) > 0 {
			fakes = wire.Divided(hosts, fakes, transport)
		}
		transport = fakes
	}
	return connectors.Deps{
		HTTP: wire.NewClient(transport), Fetch: fetch.New(transport), PublicURL: p.Config.PublicURL, Clock: time.Now, Logger: p.logger,
	}
}

// inbox takes in what listeners hear, as the API does with webhooks.
type inbox struct {
	directory *directory.Directory
	ingress   *ingress.Ingress
	health    *health.Recorder
	log       *conversation.Log
	pusher    *latePusher
}

// Accept implements activities.Inbox.
func (i inbox) Accept(ctx context.Context, account connectors.Account, events []connectors.Inbound) ([]connectors.Result, error) {
	channel, err := i.directory.Channel(ctx, account.ID)
	if err != nil {
		return nil, err
	}
	results, err := i.ingress.Accept(ctx, ingress.Channel{Account: channel.Account, Flow: channel.Flow}, events)
	if err != nil {
		return nil, err
	}
	i.health.Received(account.ID, len(events))
	for _, e := range events {
		if e.Type != connectors.InTyping {
			continue
		}
		if id, open := i.log.OpenAt(ctx, account.ID, e.Address); open {
			i.pusher.Push(ctx, realtime.ConversationChannel(id), map[string]string{"t": "typing", "from": "customer"})
		}
	}
	return results, nil
}
