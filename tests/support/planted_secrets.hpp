// Secrets as agents and people leave them lying about, for tests that none of them gets into what
// is stored or shown. All are made up.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace sovereign::support {

struct PlantedSecret {
  std::string_view kind;
  std::string_view text;    ///< What is written somewhere.
  std::string_view secret;  ///< The part that must not be found anywhere.
};

inline constexpr auto kPlantedSecrets = std::to_array<PlantedSecret>({
    {"sk", "using sk-proj-4f9aQ2x7Lm0ZrT8vKp3bNwYc to ask", "4f9aQ2x7Lm0ZrT8vKp3bNwYc"},
    {"sk-ant", "sk-ant-api03-Zx81kQpL0vVb72mmTqRs", "Zx81kQpL0vVb72mmTqRs"},
    {"github", "clone with ghp_9aB8cD7eF6gH5iJ4kL3mN2oP1qR0sT5uV6wX", "9aB8cD7eF6gH5iJ4"},
    {"github fine-grained", "github_pat_11ABCDEFG0abcdefghij_klmnopqrstuvwxyz",
     "11ABCDEFG0abcdefghij"},
    {"gitlab", "glpat-x7Yz_9QwErTyUiOpAsDf", "x7Yz_9QwErTyUiOpAsDf"},
    {"slack", "xoxb-123456789012-abcdefGHIJKL", "123456789012-abcdefGHIJKL"},
    {"aws key", "AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"},
    {"aws secret", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
     "wJalrXUtnFEMI/K7MDENG"},
    {"google", "key is AIzaSyA1b2C3d4E5f6G7h8I9j0KlMnOpQrStUvW", "SyA1b2C3d4E5f6G7h8I9j0"},
    {"npm", "npm_Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2", "Ab1Cd2Ef3Gh4Ij5Kl6"},
    {"bearer", "Authorization: Bearer q9x8c7v6b5n4m3a2s1d0", "q9x8c7v6b5n4m3a2s1d0"},
    {"basic", "sent Basic dXNlcjpodW50ZXIyIQ== to it", "dXNlcjpodW50ZXIyIQ"},
    {"jwt", "got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N",
     "dozjgNryP4J3jVmNHl0w5N"},
    {"pem",
     "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bq0p1d2\nq8Wn5vXz3yHk\n-----END RSA "
     "PRIVATE "
     "KEY-----",
     "q8Wn5vXz3yHk"},
    {"token before pem", "ghp_0aB1cD2eF3gH4iJ5kL6m-----BEGIN EC PRIVATE KEY-----\nMHcC",
     "0aB1cD2eF3gH4iJ5kL6m"},
    {"password", "password=hunter2!", "hunter2!"},
    {"json password", R"({"user":"ann","password":"correct horse battery"})", "horse battery"},
    {"nested json", R"("{\"api_key\": \"q1w2e3r4t5\"}")", "q1w2e3r4t5"},
    {"elixir", R"(%{"client_secret" => "m0n3yp3nny", token: "zyx987wvu"})", "m0n3yp3nny"},
    {"environment", "DB_PASSWORD=pa55w0rd", "pa55w0rd"},
    {"flag", "erl --cookie oatmeal99raisin -noshell", "oatmeal99raisin"},
    {"cookie", "Cookie: theme=dark; sid=7f6e5d4c3b2a", "7f6e5d4c3b2a"},
    {"url", "https://deploy:s3cr3t-pa55@git.example.org/a.git", "s3cr3t-pa55"},
    {"url token", "https://0123456789abcdef0123@example.org/x", "0123456789abcdef0123"},
    {"query", "GET /feed?page=2&token=abc123def456&x=1", "abc123def456"},
    {"signature", "https://b.example.org/o?X-Amz-Signature=fe5f80f77d5fa3be", "fe5f80f77d5fa3be"},
});

/// Fails for each planted secret that is part of `text`.
inline void expect_no_planted_secret(std::string_view text, std::string_view where) {
  for (const PlantedSecret& planted : kPlantedSecrets) {
    EXPECT_FALSE(text.contains(planted.secret)) << planted.kind << " was found in " << where;
  }
}

}  // namespace sovereign::support
