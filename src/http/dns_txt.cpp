#include "http/dns_txt.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <netinet/in.h>
#include <resolv.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sovereign::http {

namespace {

constexpr int kSecondsPerServer = 2;
constexpr int kMaxServers = 2;
constexpr std::size_t kMaxAnswerBytes = 8 * 1024;

struct Resolver {
  struct __res_state state{};
  bool ready = res_ninit(&state) == 0;
  ~Resolver() {
    if (ready) res_nclose(&state);
  }
};

void configure(struct __res_state& state, const std::optional<NameServer>& server) {
  state.retrans = kSecondsPerServer;
  state.retry = 1;
  state.nscount = std::min(state.nscount, kMaxServers);
  // A truncated answer is taken as it is: the retry over TCP has no timeout. EDNS makes room.
  state.options |= RES_IGNTC | RES_USE_EDNS0;
  if (!server) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server->port);
  inet_pton(AF_INET, server->ipv4_address.c_str(), &address.sin_addr);
  state.nsaddr_list[0] = address;
  state.nscount = 1;
}

/// The character strings of one record's data, joined.
std::optional<std::string> join_pieces(std::span<const std::uint8_t> data) {
  std::string text;
  while (!data.empty()) {
    const std::size_t length = data.front();
    if (length >= data.size()) return std::nullopt;
    text.append(data.begin() + 1, data.begin() + 1 + static_cast<std::ptrdiff_t>(length));
    data = data.subspan(1 + length);
  }
  return text;
}

}  // namespace

Result<std::vector<std::string>> query_txt(const std::string& name,
                                           const std::optional<NameServer>& server) {
  Resolver resolver;
  if (!resolver.ready) {
    return base::fail(ErrorCode::unavailable, "The DNS cannot be asked at the moment.",
                      "res_ninit failed");
  }
  configure(resolver.state, server);
  std::array<std::uint8_t, kMaxAnswerBytes> answer;
  const int size = res_nquery(&resolver.state, name.c_str(), ns_c_in, ns_t_txt, answer.data(),
                              static_cast<int>(answer.size()));
  if (size >= 0) {
    return parse_txt_answer(
        std::span(answer).first(std::min(static_cast<std::size_t>(size), answer.size())));
  }
  switch (resolver.state.res_h_errno) {
    case HOST_NOT_FOUND:
    case NO_DATA: return std::vector<std::string>{};
    case NO_RECOVERY: return base::fail(ErrorCode::malformed, "This is not a domain name.");
    default:
      return base::fail(ErrorCode::unavailable, "The DNS did not answer; try again in a moment.",
                        hstrerror(resolver.state.res_h_errno));
  }
}

Result<std::vector<std::string>> parse_txt_answer(std::span<const std::uint8_t> answer) {
  const auto malformed = [] {
    return base::fail(ErrorCode::malformed, "The DNS gave an answer that cannot be read.");
  };
  ns_msg message;
  if (ns_initparse(answer.data(), static_cast<int>(answer.size()), &message) != 0) {
    return malformed();
  }
  std::vector<std::string> texts;
  for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, i, &record) != 0) return malformed();
    if (record.type != ns_t_txt) continue;  // A CNAME on the way, say.
    auto text = join_pieces({record.rdata, record.rdlength});
    if (!text) return malformed();
    texts.push_back(std::move(*text));
  }
  return texts;
}

}  // namespace sovereign::http
