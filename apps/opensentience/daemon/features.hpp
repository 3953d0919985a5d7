// The Core's features, put together. Each lives on the loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "core/admin_web/admin_access.hpp"
#include "core/admin_web/admin_audit_trail.hpp"
#include "core/admin_web/authenticator.hpp"
#include "core/admin_web/denial_log.hpp"
#include "core/audit/audit_trail.hpp"
#include "core/audit/checkpointer.hpp"
#include "core/catalog/catalog.hpp"
#include "core/connections/audit_journal.hpp"
#include "core/connections/hub.hpp"
#include "core/discovery/discovery.hpp"
#include "core/events/event_bus.hpp"
#include "core/install/build_service.hpp"
#include "core/install/installer.hpp"
#include "core/install/updater.hpp"
#include "core/launcher/core_ports.hpp"
#include "core/launcher/launcher.hpp"
#include "core/permissions/approvals.hpp"
#include "core/router/core_ports.hpp"
#include "core/router/invocations.hpp"
#include "core/router/router.hpp"
#include "core/sync/registries.hpp"
#include "daemon/foundation.hpp"

namespace sovereign::opensentience {

struct Features {
  /// `foundation` must outlive it; `executor` is the loop's.
  Features(Foundation& foundation, boost::asio::any_io_executor executor);

  /// Fills memory from the database. Blocks; before the loop serves anything.
  Result<void> load();
  /// Settles what the last run of the daemon left, then lets agents connect. On the loop.
  Task<void> start();
  /// Ends everything in reverse, agents first. On the loop.
  Task<void> stop();

  Foundation& foundation;
  boost::asio::any_io_executor executor;
  const std::string instance_id;

  core::EventBus events;
  core::AuditTrail trail;
  core::Checkpointer checkpointer;
  core::Approvals approvals;
  core::Catalog catalog;
  core::Discovery discovery;

  core::SpawnedCommands commands;
  core::Operations operations;
  core::Git git;
  core::InstallParts install_parts;
  core::Registries registries;
  core::TreeFetcher fetcher;
  core::Builder builder;
  core::BuildLogs build_logs;
  core::BusyAgents busy;
  core::AgentParts agent_parts;
  core::Installer installer;
  core::BuildService builds;
  core::Updater updater;

  core::AuditJournal connection_journal;
  core::SystemProcessTrees process_trees;
  core::Hub hub;
  core::CatalogAgents agents;
  core::GivenApprovals given_approvals;
  core::HubConnections hub_connections;
  core::AuditedRuns run_journal;
  core::RedactedLogs redacted_logs;
  core::Launcher launcher;
  core::LauncherObserver launcher_observer;

  core::CoreAgentFacts agent_facts;
  core::CoreAuditSink audited_calls;
  core::CoreEventSink published_calls;
  core::RedactedSummary redacted_inputs;
  core::Router router;
  core::Invocations invocations;

  core::AdminAuditTrail admin_audit;
  core::DenialLog denials;
  core::AdminAccess admin_access;
  core::CoreAuthenticator authenticator;

 private:
  void connect();
  void spawn(Task<void> task, std::string_view what);
};

}  // namespace sovereign::opensentience
