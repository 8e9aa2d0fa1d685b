// Labels as a JSON object of strings: what the databases' JSON functions look into.
//
// Threading: pure functions.
#ifndef SKALD_STORAGE_LABELS_JSON_H_
#define SKALD_STORAGE_LABELS_JSON_H_

#include <google/protobuf/map.h>

#include <string>

namespace skald {

// Keys in no particular order. Control characters are escaped, other text stands as it is.
std::string ToJson(const google::protobuf::Map<std::string, std::string>& labels);

}  // namespace skald

#endif  // SKALD_STORAGE_LABELS_JSON_H_
