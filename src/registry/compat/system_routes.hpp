// /system/activity-feed for everybody, /admin/dashboard and /admin/system-health for
// administrators.
#pragma once

#include "http/endpoint.hpp"
#include "registry/compat/compat_store.hpp"
#include "registry/compat/system_types.hpp"

namespace sovereign::registry {

class SystemRoutes {
 public:
  /// Both must outlive the table.
  SystemRoutes(CompatStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  void add_to(http::RouteTable& table);

 private:
  Task<http::Reply<ActivityPage>> feed(const http::Request& request,
                                       http::Query<ActivityQuery> query);
  Task<http::Reply<ActivityPage>> feed_by_type(const http::Request& request,
                                               http::Query<ActivityQuery> query);
  Task<http::Reply<Dashboard>> dashboard(const http::Request& request);
  Task<http::Reply<SystemHealth>> health(const http::Request& request);

  Task<http::Reply<ActivityPage>> page(EventActions actions, ActivityQuery query);

  CompatStore& store_;
  const Clock& clock_;
};

}  // namespace sovereign::registry
