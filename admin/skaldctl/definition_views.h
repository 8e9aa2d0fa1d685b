// How definitions, and what is counted and said of them, look in a table and in JSON.
//
// Threading: plain functions.
#ifndef SKALD_ADMIN_SKALDCTL_DEFINITION_VIEWS_H_
#define SKALD_ADMIN_SKALDCTL_DEFINITION_VIEWS_H_

#include <string>

#include "admin/skaldctl/output.h"
#include "skald/v1/admin.pb.h"

namespace skald::ctl {

Listing DefinitionListing(Format format);
Item DefinitionItem(const v1::DefinitionInfo& definition, Format format);

Listing RunningListing();
Item RunningItem(const v1::RunningCount& count, Format format);

// For JSON: in a table there is no room for what is said.
Item AdviceItem(const v1::DefinitionInfo& definition, const std::string& advice);

// Everything about one definition, for people: header, signals, children, outline, advice.
std::string DefinitionDetails(const v1::DefinitionInfo& definition);

// "- text", wrapped, the lines after the first one indented.
std::string Bullet(const std::string& text);

}  // namespace skald::ctl

#endif  // SKALD_ADMIN_SKALDCTL_DEFINITION_VIEWS_H_
