"""Names in their own script and as their bearers spell them in London. Written for this benchmark.

They are not made by the transliterator that is tested.
"""

from typing import Final

_ARABIC_GIVEN: Final = """
محمد Mohammed Muhammad Mohamed Mohamad
أحمد Ahmed Ahmad
علي Ali Aly
عمر Omar Umar Omer
يوسف Yusuf Youssef Yousef Yusif
إبراهيم Ibrahim Ebrahim Ibraheem
حسن Hassan Hasan
حسين Hussein Hussain Husain
خالد Khalid Khaled
مصطفى Mustafa Mostafa Moustafa
عبدالله Abdullah Abdallah Abdulla
عبدالرحمن Abdulrahman Abdirahman Abdurrahman
محمود Mahmoud Mahmood Mahmud
كريم Karim Kareem
طارق Tariq Tarek Tarik
سعيد Said Saeed Sayed
سمير Samir Sameer
رشيد Rashid Rasheed Rachid
بلال Bilal Belal
حمزة Hamza Hamzah
زكريا Zakaria Zakariya
إسماعيل Ismail Ismael Esmail
جمال Jamal Gamal
نبيل Nabil Nabeel
وليد Walid Waleed
ياسين Yasin Yassin Yaseen
فاطمة Fatima Fatma Fatimah
عائشة Aisha Ayesha Aicha Asha
خديجة Khadija Khadijah Khadra
مريم Maryam Mariam Meryem
زينب Zainab Zaynab Zeinab
أمينة Amina Aminah
حليمة Halima Halimah
سميرة Samira Sameera
ليلى Layla Leila Laila
نور Noor Nour Nur
سارة Sara Sarah
هدى Huda Hoda
رانيا Rania Raniya
ياسمين Yasmin Yasmeen Jasmine
حواء Hawa Hawwa
سعاد Suad Souad
"""

_ARABIC_FAMILY: Final = """
محمد Mohamed Mohammed
أحمد Ahmed Ahmad
علي Ali Aly
حسن Hassan Hasan
حسين Hussein Hussain
إبراهيم Ibrahim Ebrahim
عبدي Abdi Abdy
فارح Farah Farrah
ورسمة Warsame Warsama
عثمان Osman Othman Usman
يوسف Yusuf Youssef
عمر Omar Omer
صالح Saleh Salih
خليل Khalil Khaleel
حداد Haddad Hadad
منصور Mansour Mansoor
ناصر Nasser Nasir Naser
رحمن Rahman Rehman
المصري El-Masri Almasri Al-Masry
الخطيب Al-Khatib Alkhateeb El-Khatib
الشامي Al-Shami Elshamy
بكر Bakr Baker
جابر Jaber Jabir
سليمان Suleiman Sulaiman Soliman
طه Taha Tahaa
عيسى Issa Isa Essa
قاسم Qasim Kassim Qassem
نور Nur Noor
هاشم Hashim Hashem
مرسي Morsi Mursi
درويش Darwish Darwich
زيدان Zidan Zaidan
شريف Sharif Shareef Cherif
فرج Farag Faraj
كمال Kamal Kamel
مهدي Mahdi Mehdi
ياسين Yassin Yasin
أبوبكر Abubakar Abu-Bakr
جيله Jelle Jele
وارفا Warfa Warfaa
"""

ARABIC: Final = (_ARABIC_GIVEN, _ARABIC_FAMILY)

_BENGALI_GIVEN: Final = """
রহিম Rahim Raheem
করিম Karim Kareem
মোহাম্মদ Mohammed Mohammad Muhammad
আব্দুল Abdul Abdool
শফিক Shafiq Shafique
রফিক Rafiq Rafique
নাজমা Nazma Najma
ফারজানা Farzana Farjana
তাসলিমা Taslima Tasleema
শারমিন Sharmin Sharmeen
রুবেল Rubel Roobel
জাহিদ Zahid Jahid
সাইফুল Saiful Syful
কামাল Kamal Kamaal
জামাল Jamal Jamaal
হাসান Hasan Hassan
মিজান Mizan Mijan
নাসরিন Nasrin Nasreen
সালমা Salma Selma
রোকেয়া Rokeya Rukeya
সুমন Suman Sumon
তানভীর Tanvir Tanveer
ইমরান Imran Emran
আনোয়ার Anwar Anowar
দেলোয়ার Delwar Delowar
রিনা Rina Reena
শিরিন Shirin Shireen
মনির Monir Munir
আলী Ali Aly
সাদিয়া Sadia Sadiya
"""

_BENGALI_FAMILY: Final = """
রহমান Rahman Rahaman
ইসলাম Islam Eslam
হোসেন Hossain Hussain Hossein
আহমেদ Ahmed Ahmad
খান Khan Khaan
চৌধুরী Chowdhury Choudhury Chaudhury
বেগম Begum Begom
আলী Ali Aly
মিয়া Miah Mia Miya
উদ্দিন Uddin Uddeen
খাতুন Khatun Khatoon
হক Haque Hoque Huq
সরকার Sarkar Sarker
দাস Das Dass
রায় Roy Ray
সিকদার Sikder Shikdar
তালুকদার Talukdar Talukder
মজুমদার Majumdar Mazumder
মল্লিক Mallick Mollik
শেখ Sheikh Shaikh
আক্তার Akter Akhtar Aktar
কাজী Kazi Qazi
ভূঁইয়া Bhuiyan Bhuiya
পাটোয়ারী Patwary Patwari
মোল্লা Molla Mollah
"""

BENGALI: Final = (_BENGALI_GIVEN, _BENGALI_FAMILY)

_PUNJABI_GIVEN: Final = """
ਗੁਰਪ੍ਰੀਤ Gurpreet Gurprit
ਹਰਪ੍ਰੀਤ Harpreet Harprit
ਮਨਪ੍ਰੀਤ Manpreet Manprit
ਜਸਪ੍ਰੀਤ Jaspreet Jasprit
ਕੁਲਦੀਪ Kuldeep Kuldip
ਹਰਦੀਪ Hardeep Hardip
ਸੰਦੀਪ Sandeep Sandip
ਪਰਦੀਪ Pardeep Pardip Pradeep
ਅਮਰਜੀਤ Amarjit Amarjeet
ਰਣਜੀਤ Ranjit Ranjeet
ਸੁਰਜੀਤ Surjit Surjeet
ਇੰਦਰਜੀਤ Inderjit Inderjeet
ਬਲਵਿੰਦਰ Balwinder Balvinder
ਜਸਵਿੰਦਰ Jaswinder Jasvinder
ਰਾਜਵਿੰਦਰ Rajwinder Rajvinder
ਸਿਮਰਨ Simran Simrun
ਨਵਦੀਪ Navdeep Navdip
ਗਗਨਦੀਪ Gagandeep Gagandip
ਕਿਰਨ Kiran Kirun
ਰਾਜੇਸ਼ Rajesh Raajesh
ਦਵਿੰਦਰ Davinder Devinder
ਲਖਵਿੰਦਰ Lakhwinder Lakhvinder
ਪਰਮਜੀਤ Paramjit Paramjeet
ਮਨਜੀਤ Manjit Manjeet
"""

_PUNJABI_FAMILY: Final = """
ਸਿੰਘ Singh Sing
ਕੌਰ Kaur Kour
ਗਿੱਲ Gill Gil
ਸੰਧੂ Sandhu Sandhoo
ਢਿੱਲੋਂ Dhillon Dhillion
ਸਿੱਧੂ Sidhu Sidhoo
ਗਰੇਵਾਲ Grewal Garewal
ਬਰਾੜ Brar Barar
ਸੋਹਲ Sohal Sohel
ਵਿਰਕ Virk Wirk
ਚਾਹਲ Chahal Chahel
ਬਾਜਵਾ Bajwa Bajva
ਮਾਨ Mann Maan
ਰੰਧਾਵਾ Randhawa Randhava
ਧਾਲੀਵਾਲ Dhaliwal Dhalival
ਸ਼ਰਮਾ Sharma Sharmaa
ਕੁਮਾਰ Kumar Kumaar
ਬੈਂਸ Bains Bainse
ਔਲਖ Aulakh Aulukh
ਪੰਨੂ Pannu Pannoo
"""

PUNJABI: Final = (_PUNJABI_GIVEN, _PUNJABI_FAMILY)

HAN_GIVEN: Final = """
伟 Wei
芳 Fang
娜 Na
秀英 Xiuying Xiu-Ying
敏 Min
静 Jing
丽 Li
强 Qiang
磊 Lei
军 Jun
洋 Yang
勇 Yong
艳 Yan
杰 Jie
娟 Juan
涛 Tao
明 Ming
超 Chao
秀兰 Xiulan Xiu-Lan
霞 Xia
平 Ping
刚 Gang
桂英 Guiying Gui-Ying
玉兰 Yulan Yu-Lan
志强 Zhiqiang Zhi-Qiang
建国 Jianguo Jian-Guo
小红 Xiaohong Xiao-Hong
小明 Xiaoming Xiao-Ming
晓东 Xiaodong Xiao-Dong
雪梅 Xuemei Xue-Mei
海燕 Haiyan Hai-Yan
文博 Wenbo Wen-Bo
子涵 Zihan Zi-Han
浩然 Haoran Hao-Ran
雨桐 Yutong Yu-Tong
思远 Siyuan Si-Yuan
"""

HAN_FAMILY: Final = """
王 Wang
李 Li
张 Zhang
刘 Liu
陈 Chen
杨 Yang
黄 Huang
赵 Zhao
吴 Wu
周 Zhou
徐 Xu
孙 Sun
马 Ma
朱 Zhu
胡 Hu
郭 Guo
何 He
林 Lin
高 Gao
罗 Luo
郑 Zheng
梁 Liang
谢 Xie
宋 Song
唐 Tang
许 Xu
邓 Deng
冯 Feng
韩 Han
曹 Cao
"""

_PASSPORT: Final = {
    **dict(
        zip(
            "абвгґдеєжзиії",
            ("a", "b", "v", "h", "g", "d", "e", "ie", "zh", "z", "y", "i", "i"),
            strict=True,
        )
    ),
    **dict(
        zip(
            "йклмнопрстуфх",
            ("i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "kh"),
            strict=True,
        )
    ),
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ю": "iu",
    "я": "ia",
    **dict.fromkeys("ь'’", ""),
}
"""The Ukrainian passport's table (Cabinet of Ministers, resolution 55 of 2010)."""

_BY_EAR: Final = {**_PASSPORT, "г": "g", "є": "ye", "ю": "yu", "я": "ya", "ї": "yi", "й": "y"}


def cyrillic(name: str) -> tuple[str, str]:
    """Return a Ukrainian name as the passport has it, and as it is written by ear."""
    passport, by_ear = (
        "".join(table.get(letter, letter) for letter in name.lower())
        for table in (_PASSPORT, _BY_EAR)
    )
    return passport.title(), by_ear.title()
