// What a signed-in request pays (token, API key digest) and what a login pays (password hash).
#include <benchmark/benchmark.h>

#include "crypto/digest.hpp"
#include "crypto/jwt.hpp"
#include "crypto/password.hpp"
#include "crypto/password_policy.hpp"
#include "crypto/random.hpp"

namespace {

using namespace sovereign::crypto;
using std::chrono::seconds;

constexpr sovereign::Timestamp kNow{seconds{1'750'000'000}};

Claims access_claims() {
  Claims claims;
  claims.subject = "550e8400-e29b-41d4-a716-446655440000";
  claims.email = "developer@example.com";
  claims.role = "developer";
  claims.issuer = "https://registry.example";
  claims.id = "7d444840-9dc0-11d1-b245-5ffdce74fad2";
  claims.issued_at = kNow;
  claims.expires_at = kNow + seconds{86400};
  return claims;
}

void verify_token(benchmark::State& state) {
  const JwtSigner signer("0123456789abcdef0123456789abcdef");
  const auto token = signer.sign(access_claims());
  for (auto _ : state) benchmark::DoNotOptimize(signer.verify(token, kNow));
}
BENCHMARK(verify_token);

void sign_token(benchmark::State& state) {
  const JwtSigner signer("0123456789abcdef0123456789abcdef");
  const auto claims = access_claims();
  for (auto _ : state) benchmark::DoNotOptimize(signer.sign(claims));
}
BENCHMARK(sign_token);

void sha256_of_a_token(benchmark::State& state) {
  const std::string token(36, 'B');
  for (auto _ : state) benchmark::DoNotOptimize(sha256(token));
}
BENCHMARK(sha256_of_a_token);

void hmac_of_an_api_key(benchmark::State& state) {
  const HmacKey key("0123456789abcdef0123456789abcdef");
  const std::string api_key(49, 'a');
  for (auto _ : state) benchmark::DoNotOptimize(key.sign(api_key));
}
BENCHMARK(hmac_of_an_api_key);

void make_a_token(benchmark::State& state) {
  SystemRandom random;
  for (auto _ : state) benchmark::DoNotOptimize(random_token(random, 32, Alphabet::alphanumeric));
}
BENCHMARK(make_a_token);

void judge_a_password(benchmark::State& state) {
  const PasswordOwner owner{.email = "developer@example.com", .username = "developer"};
  for (auto _ : state) benchmark::DoNotOptimize(password_problem("purple elephant dances", owner));
}
BENCHMARK(judge_a_password);

void hash_a_password(benchmark::State& state) {
  SystemRandom random;
  const PasswordHasher hasher({}, random);
  for (auto _ : state) benchmark::DoNotOptimize(hasher.hash("purple elephant dances"));
}
BENCHMARK(hash_a_password)->Unit(benchmark::kMillisecond);

void verify_bcrypt(benchmark::State& state) {
  SystemRandom random;
  const auto stored =
      bcrypt_hash("avreg_key", {.rounds_log2 = static_cast<int>(state.range(0))}, random).value();
  for (auto _ : state) benchmark::DoNotOptimize(bcrypt_verify("avreg_key", stored));
}
BENCHMARK(verify_bcrypt)->Arg(8)->Arg(10)->Unit(benchmark::kMillisecond);

}  // namespace
