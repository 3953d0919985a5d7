#include "registry/templates/render.hpp"

#include <gtest/gtest.h>

namespace sovereign::registry {
namespace {

TEST(Render, FillsInValuesAsLiterals) {
  const TemplateValues values{{"name", "a\"b"}, {"tags", std::vector<std::string>{"x", "\""}}};
  EXPECT_EQ(render("n={{name|json}} t={{tags|json}};", values), R"(n="a\"b" t=["x", "\""];)");
  EXPECT_EQ(render("no placeholder { } }}", values), "no placeholder { } }}");
}

TEST(Render, DoesNotLookForPlaceholdersInValues) {
  const TemplateValues values{{"name", "{{secret|json}}"}, {"secret", "s"}};
  EXPECT_EQ(render("{{name|json}}", values), R"("{{secret|json}}")");
}

TEST(Render, RefusesTemplatesThatAskForWhatIsNotThere) {
  const TemplateValues values{{"name", "a b"}, {"tags", std::vector<std::string>{"x"}}};
  for (const char* text : {"{{other|json}}", "{{name|perl}}", "{{name|word}}", "{{tags|shell}}",
                           "{{name}}", "{{name|json", "{{"}) {
    EXPECT_FALSE(render(text, values)) << text;
  }
}

TEST(Render, NamesWhatATemplateAsksFor) {
  EXPECT_EQ(placeholder_names("{{a|json}} {{b|word}}{{a|word}}"),
            (std::vector<std::string>{"a", "b", "a"}));
}

}  // namespace
}  // namespace sovereign::registry
