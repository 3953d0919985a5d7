// HTTP for accounts: registering, signing in and out, passwords, and recovery.
#pragma once

#include "http/endpoint.hpp"
#include "registry/accounts/messages.hpp"
#include "registry/accounts/recovery.hpp"
#include "registry/accounts/sessions.hpp"

namespace sovereign::registry {

class AccountRoutes {
 public:
  /// All must outlive the route table.
  AccountRoutes(Accounts& accounts, Sessions& sessions, Recovery& recovery)
      : accounts_(accounts), sessions_(sessions), recovery_(recovery) {}

  void add_to(http::RouteTable& table);

 private:
  void add_sign_in_to(http::RouteTable& table);
  void add_account_to(http::RouteTable& table);
  void add_recovery_to(http::RouteTable& table);
  http::Route verification_row(std::string_view path, std::string_view operation);

  Task<http::Reply<RegisteredUser>> register_account(const http::Request& request,
                                                     http::Json<Registration> body);
  Task<http::Reply<SignedIn>> login(const http::Request& request,
                                    http::JsonOrForm<Credentials> body);
  Task<http::Reply<SignedIn>> refresh(const http::Request& request,
                                      http::Json<RefreshRequest> body);
  Task<http::NoContent> logout(const http::Request& request);
  Task<http::Reply<User>> me(const http::Request& request);
  Task<http::NoContent> change_password(const http::Request& request,
                                        http::Json<PasswordChange> body);
  Task<http::Reply<AccountMessage>> recover(const http::Request& request,
                                            http::Json<RecoveryRequest> body);
  Task<http::NoContent> confirm_recovery(const http::Request& request,
                                         http::Json<RecoveryConfirmation> body);
  Task<http::NoContent> recover_by_key(const http::Request& request,
                                       http::Json<RecoveryByKey> body);
  Task<http::Reply<AccountMessage>> resend_verification(const http::Request& request);
  Task<http::Reply<VerificationAnswer>> verify_email(const http::Request& request,
                                                     http::Query<VerificationQuery> query);

  Accounts& accounts_;
  Sessions& sessions_;
  Recovery& recovery_;
};

}  // namespace sovereign::registry
