// The audit log over HTTP: a page, all of it as JSON lines, whether it is intact. Loop thread only.
#pragma once

#include <filesystem>

#include "async/worker_pool.hpp"
#include "core/audit/audit_log.hpp"
#include "core/audit/types.hpp"
#include "core/audit/verify.hpp"
#include "http/endpoint.hpp"

namespace sovereign::core {

class AuditRoutes {
 public:
  /// Both must outlive it, and the answers under way; verifying blocks a thread of `workers`.
  AuditRoutes(sql::Database& database, async::WorkerPool& workers, VerifyOptions verification)
      : database_(database),
        log_(database),
        workers_(workers),
        verification_(std::move(verification)) {}
  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<AuditPage>> list(const http::Request& request,
                                    http::Query<AuditPageQuery> query);
  Task<http::Response> export_lines(const http::Request& request,
                                    http::Query<AuditSelection> query);
  Task<http::Reply<AuditVerification>> verify(const http::Request& request);

  sql::Database& database_;
  AuditLog log_;
  async::WorkerPool& workers_;
  const VerifyOptions verification_;
  bool is_verifying_ = false;
};

}  // namespace sovereign::core
