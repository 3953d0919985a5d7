// The API of installing, building, updating and uninstalling agents.
#pragma once

#include "core/install/build_service.hpp"
#include "core/install/installer.hpp"
#include "core/install/updater.hpp"
#include "http/endpoint.hpp"

namespace sovereign::core {

class InstallRoutes {
 public:
  /// All must outlive the table.
  InstallRoutes(Installer& installer, BuildService& builds, Updater& updater)
      : installer_(installer), builds_(builds), updater_(updater) {}

  void add_to(http::RouteTable& table);

 private:
  void add_install_routes(http::RouteTable& table);
  void add_build_routes(http::RouteTable& table);
  void add_update_routes(http::RouteTable& table);

  Task<http::Reply<InstallAnswer>> install(const http::Request& request,
                                           http::OptionalJson<InstallRequest> body);
  Task<http::NoContent> uninstall(const http::Request& request, http::Query<UninstallQuery> query);
  Task<http::Reply<BuildView>> build(const http::Request& request,
                                     http::OptionalJson<BuildBody> body);
  Result<http::Reply<BuildView>> show_build(const http::Request& request);
  Task<http::Reply<UpdateAnswer>> update(const http::Request& request,
                                         http::OptionalJson<UpdateRequest> body);
  Task<http::Reply<RollbackAnswer>> rollback(const http::Request& request,
                                             http::OptionalJson<RollbackRequest> body);

  Installer& installer_;
  BuildService& builds_;
  Updater& updater_;
};

}  // namespace sovereign::core
