// The Core's features in the order in which they stand on each other. Each lives on the loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>

#include <string>

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

/// What happened, and what happens now.
struct Record {
  Record(Foundation& foundation, boost::asio::any_io_executor executor);

  core::EventBus events;
  core::AuditTrail trail;
  core::Checkpointer checkpointer;
};

/// Which agents there are, and what each may.
struct Knowledge {
  Knowledge(Foundation& foundation, Record& record);

  core::Approvals approvals;
  core::Catalog catalog;
  core::Discovery discovery;
};

/// Processes and their connections.
struct Running {
  Running(Foundation& foundation, Record& record, Knowledge& knowledge, std::string instance_id);

  core::AuditJournal journal;
  core::SystemProcessTrees process_trees;
  core::Hub hub;
  core::CatalogAgents agents;
  core::GivenApprovals approvals;
  core::HubConnections connections;
  core::AuditedRuns audited_runs;
  core::RedactedLogs logs;
  core::Launcher launcher;
  core::LauncherObserver observer;
};

/// Registries, and the way of an agent onto this machine.
struct Installing {
  Installing(Foundation& foundation, Record& record, Knowledge& knowledge,
             core::Launcher& launcher);

  core::SpawnedCommands commands;
  core::Operations operations;
  core::Git git;
  core::InstallParts base;
  core::Registries registries;
  core::TreeFetcher fetcher;
  core::Builder builder;
  core::BuildLogs logs;
  core::BusyAgents busy;
  core::AgentParts parts;
  core::Installer installer;
  core::BuildService builds;
  core::Updater updater;
};

/// The way to agents' tools.
struct Calling {
  Calling(Foundation& foundation, Record& record, Knowledge& knowledge, core::Hub& hub);

  core::CoreAgentFacts facts;
  core::CoreAuditSink audit;
  core::CoreEventSink events;
  core::RedactedSummary summaries;
  core::Router router;
  core::Invocations invocations;
};

/// Who may come in.
struct FrontDoor {
  FrontDoor(Foundation& foundation, Record& record);

  core::AdminAuditTrail audit;
  core::DenialLog denials;
  core::AdminAccess access;
  core::CoreAuthenticator authenticator;
};

}  // namespace sovereign::opensentience
