// How the lines of an outline are spoken of. Part of sagas/definition_diff.h. Pure.
#ifndef SKALD_SAGAS_OUTLINE_WORDS_H_
#define SKALD_SAGAS_OUTLINE_WORDS_H_

#include <string>
#include <string_view>
#include <vector>

#include "sagas/outline.h"

namespace skald {

// "step", "for-each"; a sequence is an arm or a branch by what it is in.
std::string_view KindText(const OutlineLine& line, const OutlineLine* parent);

// "step 'delivery/express/book_courier'"
std::string DescribeLine(const OutlineLine& line, const OutlineLine* parent);

// What one node, of the same kind in both, says otherwise of itself. `what`: DescribeLine of it.
std::vector<std::string> DescribeNodeChanges(const OutlineLine& before, const OutlineLine& after,
                                             std::string_view what);

}  // namespace skald

#endif  // SKALD_SAGAS_OUTLINE_WORDS_H_
