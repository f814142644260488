package temporald

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const (
	clusterName = "active"
	loopback    = "127.0.0.1"
)

// dynamicConfig is for one machine and one developer: limits that protect a shared cluster from one of its users are
// raised out of the way, limits that a flow will meet in production are left as they are.
var dynamicConfig = dynamicconfig.StaticClient{
	// The server would ask its makers over the network whether there is a newer one.
	dynamicconfig.EnableServerVersionCheck.Key(): false,

	// The UI's lists and counts alone exceed the default of 10/s.
	dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 200,
	// One message costs about five calls; load tests exceed the defaults of 2400/s, 2400/s, 1200/s and 3000/s.
	dynamicconfig.FrontendRPS.Key():                        20_000,
	dynamicconfig.FrontendMaxNamespaceRPSPerInstance.Key(): 20_000,
	dynamicconfig.MatchingRPS.Key():                        20_000,
	dynamicconfig.HistoryRPS.Key():                         20_000,

	// Each history shard looks for new tasks at most 20 times a second by default. A cluster has hundreds of shards; this
	// server has one, and every step of every workflow would wait for its turn: from a signal to the local activity it
	// starts took 44 ms, and takes 8 ms like this.
	dynamicconfig.TransferProcessorMaxPollRPS.Key():   pollRPS,
	dynamicconfig.TimerProcessorMaxPollRPS.Key():      pollRPS,
	dynamicconfig.VisibilityProcessorMaxPollRPS.Key(): pollRPS,
	dynamicconfig.OutboundProcessorMaxPollRPS.Key():   pollRPS,

	// The default, 128,000 workflows, is sized for a server of its own.
	dynamicconfig.HistoryCacheHostLevelMaxSize.Key(): 8096,

	// Priority orders the tasks of one partition only. With one instead of four it orders the whole task queue.
	dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():  1,
	dynamicconfig.MatchingNumTaskqueueWritePartitions.Key(): 1,

	dynamicconfig.NamespaceCacheRefreshInterval.Key(): namespaceRefresh,
}

// pollRPS is how often each of the history shard's queues is read per second, at most.
const pollRPS = 1000

// namespaceRefresh is how long a service may go on without noticing a change of a namespace.
const namespaceRefresh = time.Second

func newServer(o Options, logger *logger) (temporal.Server, error) {
	conf, err := serverConfig(o)
	if err != nil {
		return nil, err
	}
	authorizer, err := authorization.GetAuthorizerFromConfig(&conf.Global.Authorization)
	if err != nil {
		return nil, fmt.Errorf("make authorizer: %w", err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&conf.Global.Authorization, logger)
	if err != nil {
		return nil, fmt.Errorf("make claim mapper: %w", err)
	}
	return temporal.NewServer(
		temporal.WithConfig(conf),
		temporal.ForServices(temporal.DefaultServices),
		// Without it the services would look for each other by gossip, which takes seconds.
		temporal.WithStaticHosts(hosts(conf)),
		temporal.WithLogger(logger),
		temporal.WithAuthorizer(authorizer),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(dynamicConfig),
	)
}

func serverConfig(o Options) (*config.Config, error) {
	services, err := services(o.Addr)
	if err != nil {
		return nil, err
	}
	conf := &config.Config{
		Services: services,
		Persistence: config.Persistence{
			DefaultStore:     sqliteplugin.PluginName,
			VisibilityStore:  sqliteplugin.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqliteplugin.PluginName: {SQL: sqlConfig(o.DBFile)}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{
				clusterName: {Enabled: true, InitialFailoverVersion: 1, RPCAddress: o.Addr},
			},
		},
		PublicClient:        config.PublicClient{HostPort: o.Addr},
		DCRedirectionPolicy: config.DCRedirectionPolicy{Policy: "noop"},
	}
	conf.Global.Membership.MaxJoinDuration = startTimeout
	conf.Global.Membership.BroadcastAddress = loopback
	conf.Archival.History.State = "disabled"
	conf.Archival.Visibility.State = "disabled"
	conf.NamespaceDefaults.Archival.History.State = "disabled"
	conf.NamespaceDefaults.Archival.Visibility.State = "disabled"
	return conf, nil
}

// services gives the frontend its address, and the others free ports on this machine that nobody needs to know.
func services(frontend string) (map[string]config.Service, error) {
	host, port, err := net.SplitHostPort(frontend)
	if err != nil {
		return nil, fmt.Errorf("read address of the frontend: %w", err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("read address of the frontend: %w", err)
	}
	others := []primitives.ServiceName{primitives.HistoryService, primitives.MatchingService, primitives.WorkerService}
	ports, err := freePorts(len(others) + 1)
	if err != nil {
		return nil, err
	}
	all := map[string]config.Service{
		// Without a port for HTTP the server warns at each start that Nexus will not work.
		string(primitives.FrontendService): {RPC: config.RPC{BindOnIP: host, GRPCPort: number, HTTPPort: ports[len(others)]}},
	}
	for i, name := range others {
		all[string(name)] = config.Service{RPC: config.RPC{BindOnIP: loopback, GRPCPort: ports[i]}}
	}
	return all, nil
}

func hosts(conf *config.Config) map[primitives.ServiceName]static.Hosts {
	all := make(map[primitives.ServiceName]static.Hosts, len(conf.Services))
	for name, service := range conf.Services {
		addr := net.JoinHostPort(service.RPC.BindOnIP, strconv.Itoa(service.RPC.GRPCPort))
		all[primitives.ServiceName(name)] = static.SingleLocalHost(addr)
	}
	return all
}

// freePorts finds n different free ports.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		// Held until all are found, or the same one could come twice.
		defer func() { _ = listener.Close() }()
		ports = append(ports, listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func isTaken(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
