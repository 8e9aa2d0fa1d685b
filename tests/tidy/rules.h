// The rules of tidiness. Each is a pure function from the tree to what breaks it; kRules names
// them. rules_test.cc shows for each that it can fail, tidy_test.cc that the repository keeps them.
#ifndef SKALD_TESTS_TIDY_RULES_H_
#define SKALD_TESTS_TIDY_RULES_H_

#include <string_view>
#include <vector>

#include "tests/tidy/tree.h"

namespace skald::tidy {

// include_rules.cc: who may enter which room.
std::vector<Finding> IncludesStayInTheirRooms(const Tree& tree);
std::vector<Finding> HeadersAreFreeOfGrpc(const Tree& tree);
std::vector<Finding> LibrariesStayWhereTheyBelong(const Tree& tree);
std::vector<Finding> TheCoreIsPure(const Tree& tree);

// shape_rules.cc: sizes, guards, comments.
std::vector<Finding> FilesAreShort(const Tree& tree);
std::vector<Finding> FunctionsAreShort(const Tree& tree);
std::vector<Finding> LinesAreShort(const Tree& tree);
std::vector<Finding> GuardsMatchPaths(const Tree& tree);
std::vector<Finding> HeadersBeginWithAComment(const Tree& tree);
std::vector<Finding> SpacesAreTidy(const Tree& tree);

// upkeep_rules.cc: nothing is forgotten or left for later.
std::vector<Finding> CodeIsBuilt(const Tree& tree);
std::vector<Finding> NothingIsLeftForLater(const Tree& tree);
std::vector<Finding> ScriptsRun(const Tree& tree);
std::vector<Finding> LinksResolve(const Tree& tree);

struct Rule {
  std::string_view name;
  std::vector<Finding> (*check)(const Tree&);
};

inline constexpr Rule kRules[] = {
    {"IncludesStayInTheirRooms", IncludesStayInTheirRooms},
    {"HeadersAreFreeOfGrpc", HeadersAreFreeOfGrpc},
    {"LibrariesStayWhereTheyBelong", LibrariesStayWhereTheyBelong},
    {"TheCoreIsPure", TheCoreIsPure},
    {"FilesAreShort", FilesAreShort},
    {"FunctionsAreShort", FunctionsAreShort},
    {"LinesAreShort", LinesAreShort},
    {"GuardsMatchPaths", GuardsMatchPaths},
    {"HeadersBeginWithAComment", HeadersBeginWithAComment},
    {"SpacesAreTidy", SpacesAreTidy},
    {"CodeIsBuilt", CodeIsBuilt},
    {"NothingIsLeftForLater", NothingIsLeftForLater},
    {"ScriptsRun", ScriptsRun},
    {"LinksResolve", LinksResolve},
};

}  // namespace skald::tidy

#endif  // SKALD_TESTS_TIDY_RULES_H_
